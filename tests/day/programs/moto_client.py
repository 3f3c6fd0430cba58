"""boto3 against moto's server: a bucket, a table and who one is."""

import sys

import boto3

address = sys.argv[1]
how = {
    "endpoint_url": address,
    "region_name": "us-east-1",
    "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}
s3 = boto3.client("s3", **how)
s3.create_bucket(Bucket="shelf")
s3.put_object(Bucket="shelf", Key="book.txt", Body=b"once upon a time")
assert s3.get_object(Bucket="shelf", Key="book.txt")["Body"].read() == b"once upon a time"
table = boto3.client("dynamodb", **how)
table.create_table(
    TableName="orders",
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    BillingMode="PAY_PER_REQUEST",
)
table.put_item(TableName="orders", Item={"id": {"S": "7"}, "item": {"S": "disk"}})
assert table.get_item(TableName="orders", Key={"id": {"S": "7"}})["Item"]["item"] == {"S": "disk"}
print(boto3.client("sts", **how).get_caller_identity()["Account"])
