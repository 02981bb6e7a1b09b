package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"

	"github.com/spectap/spectap/certs"
	"github.com/spectap/spectap/internal/test/sample"
)

// serveExampleAPI serves the sample API and some users as https://api.example.com. It prints a line
// when it listens.
func serveExampleAPI() {
	ca, _, err := certs.LoadOrCreate(os.Args[1])
	exitIf(err)
	l, err := tls.Listen("tcp", "127.0.0.1:443", &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) { return ca.Certificate(h.ServerName) }})
	exitIf(err)
	mux := http.NewServeMux()
	mux.Handle("/", sample.New())
	mux.HandleFunc("GET /users", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `[{"id":1,"name":"Ann"},{"id":42,"name":"Bob"}]`)
	})
	mux.HandleFunc("GET /users/{id}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id":%s,"name":"Bob"}`, r.PathValue("id"))
	})
	fmt.Println("listening")
	exitIf(http.Serve(l, mux))
}

// runExampleSuite calls https://api.example.com as a test suite does.
func runExampleSuite() {
	const base = "https://api.example.com"
	exitIf(sample.Drive(context.Background(), http.DefaultClient, base))
	for _, id := range []string{"", "/1", "/2", "/42", "/77"} {
		resp, err := http.Get(base + "/users" + id)
		exitIf(err)
		resp.Body.Close()
	}
}

func exitIf(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
