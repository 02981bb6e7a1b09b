package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const watchedItems = `openapi: 3.1.0
info: {title: Shop, version: '1'}
paths:
  /items:
    get: {responses: {'200': {description: '', content: {application/json: {schema: {properties: {name: {type: string}}}}}}}}
`

// TestCheckWatchOneHost prints findings as text, and counts the flows of one host only.
func TestCheckWatchOneHost(t *testing.T) {
	dir := t.TempDir()
	path, spec := filepath.Join(dir, "s.db"), filepath.Join(dir, "api.yaml")
	if err := os.WriteFile(spec, []byte(watchedItems), 0o600); err != nil {
		t.Fatal(err)
	}
	tap := startRecorder(t, path)
	tap.record("GET", "other.example/items", `{"name":1}`)
	tap.record("GET", "shop.example/items", `{"name":"pen"}`)
	w := start(t, "check", spec, "--watch", "--host", "shop.example", "--db", path)
	w.expect(w.err, "1 flow: 1 fit", "waiting for more")
	tap.record("GET", "other.example/items", `{"name":2}`)
	tap.record("GET", "shop.example/items", `{"name":3}`)
	w.expect(w.out, "flow 4  GET /items  response-body  response /name: ", "got number")
	w.cancel()
	w.expect(w.err, "2 flows: 1 fit, 1 break a rule, 0 without an operation")
	w.stop(exitFound)
}

// TestCheckWatchFails ends with an error if the store cannot be read.
func TestCheckWatchFails(t *testing.T) {
	dir := t.TempDir()
	junk, spec := filepath.Join(dir, "junk.db"), filepath.Join(dir, "api.yaml")
	for path, text := range map[string]string{junk: strings.Repeat("no store ", 2000), spec: watchedItems} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var errs bytes.Buffer
	code := run(ctx, []string{"check", spec, "--watch", "--db", junk}, strings.NewReader(""), io.Discard, &errs)
	if code != exitFailed || ctx.Err() != nil || !strings.Contains(errs.String(), junk) {
		t.Errorf("exit status %d, %v: %s", code, ctx.Err(), errs.String())
	}
}
