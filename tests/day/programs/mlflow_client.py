"""MLflow's client logs a run."""

import sys

import mlflow

mlflow.set_tracking_uri(sys.argv[1])
experiment = mlflow.create_experiment("orders")
with mlflow.start_run(experiment_id=experiment):
    mlflow.log_param("rate", 0.1)
    mlflow.log_metric("loss", 0.5)
