// Catalog knows the articles: over gRPC whether there are any, over HTTP what they cost. Both are in
// Redis. It is traced as the documentation of otelhttp, otelgrpc and redisotel says, no more.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/redis/go-redis/extra/redisotel/v9"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

type catalog struct{ redis *redis.Client }

// Check returns how many there are of an article.
func (c catalog) Check(ctx context.Context, article *wrapperspb.StringValue) (*wrapperspb.Int64Value, error) {
	count, err := c.redis.Get(ctx, "stock:"+article.Value).Int64()
	if err != nil {
		return nil, status.Error(codes.NotFound, "no article "+article.Value)
	}
	if count == 0 {
		return nil, status.Error(codes.FailedPrecondition, article.Value+" is out of stock")
	}
	return wrapperspb.Int64(count), nil
}

func (c catalog) price(w http.ResponseWriter, r *http.Request) {
	price, err := c.redis.Get(r.Context(), "price:"+r.PathValue("article")).Int64()
	if err != nil {
		http.Error(w, "no such article", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]int64{"cents": price})
}

// What protoc-gen-go-grpc would generate from catalog.proto.
type server interface {
	Check(context.Context, *wrapperspb.StringValue) (*wrapperspb.Int64Value, error)
}

var description = grpc.ServiceDesc{
	ServiceName: "shop.Catalog",
	HandlerType: (*server)(nil),
	Methods: []grpc.MethodDesc{{
		MethodName: "Check",
		Handler: func(impl any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			article := new(wrapperspb.StringValue)
			if err := decode(article); err != nil {
				return nil, err
			}
			return impl.(server).Check(ctx, article)
		},
	}},
	Metadata: "catalog.proto",
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	exporter, err := otlptracehttp.New(ctx)
	check(err)
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	defer func() { _ = provider.Shutdown(context.Background()) }()
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.TraceContext{})

	client := redis.NewClient(&redis.Options{Addr: os.Getenv("REDIS")})
	check(redisotel.InstrumentTracing(client))
	check(client.MSet(ctx, "stock:lamp", 7, "price:lamp", 1999, "stock:sofa", 0, "price:sofa", 49900,
		"stock:yacht", 1, "price:yacht", 999999999).Err())
	c := catalog{client}

	rpc := grpc.NewServer(grpc.StatsHandler(otelgrpc.NewServerHandler()))
	rpc.RegisterService(&description, c)
	listener, err := net.Listen("tcp", os.Getenv("GRPC_LISTEN"))
	check(err)
	go func() { check(rpc.Serve(listener)) }()

	routes := http.NewServeMux()
	routes.HandleFunc("GET /prices/{article}", c.price)
	web := &http.Server{Addr: os.Getenv("HTTP_LISTEN"), Handler: otelhttp.NewHandler(routes, "catalog")}
	go func() {
		if err := web.ListenAndServe(); err != http.ErrServerClosed {
			log.Fatal(err)
		}
	}()

	<-ctx.Done()
	rpc.GracefulStop()
	_ = web.Shutdown(context.Background())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
