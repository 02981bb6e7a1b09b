package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// storeOf makes a store with flows, and returns its path.
func storeOf(t *testing.T, flows ...flow.Flow) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.db")
	st, err := store.Open(path, store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.Append(t.Context(), flows...); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// getOf returns a GET of a path with an answer of a media type.
func getOf(host, path, mediaType, body string) flow.Flow {
	return flow.Flow{
		ID: flow.NewID(), Done: true, Source: "proxy", Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Request: flow.Request{Method: "GET", Scheme: "https", Authority: host, Path: path},
		Response: &flow.Response{
			Status: 200, Header: flow.Header{{Name: "Content-Type", Value: mediaType}}, Body: flow.Body{Data: []byte(body), Size: int64(len(body))},
		},
	}
}

// TestFlowsAsText lists and shows flows that lack something: an answer, a body, a known encoding.
func TestFlowsAsText(t *testing.T) {
	t.Setenv(configEnv, "")
	pending := getOf("a.example", "/pending", "", "")
	pending.Done, pending.Response = false, nil
	foreign := getOf("a.example", "/foreign", "application/vnd.shop.item+json", `{"id":1}`)
	foreign.Request.Header = flow.Header{{Name: "Host", Value: "b.example"}, {Name: "X-Empty", Value: ""}}
	unknown := getOf("a.example", "/unknown", "text/plain", "")
	unknown.Response.Body.Size = 2_500_000_000
	packed := getOf("a.example", "/packed", "text/plain", "no gzip")
	packed.Response.Header = append(packed.Response.Header, flow.Field{Name: "Content-Encoding", Value: "gzip"})
	text := getOf("a.example", "/text", "application/octet-stream", strings.Repeat("x", 4095)+"é and more")
	binary := getOf("a.example", "/binary", "application/octet-stream", "\xff\xfe\xfd no text")
	db := storeOf(t, pending, foreign, unknown, packed, text, binary)
	for _, tt := range []struct {
		args string
		want []string
	}{
		{"ls path:/pending", []string{"GET       …      -                   a.example/pending\n"}},
		{"ls path:/foreign", []string{"GET     200      8  vnd.shop.item... a.example/foreign\n"}},
		{"ls path:/unknown", []string{"GET     200   2.5G  text/plain       a.example/unknown\n"}},
		{"show 1", []string{"  under way  proxy\n", "GET https://a.example/pending", "\nno answer yet\n"}},
		{"show --json 1", []string{`"done":false`}},
		{"show 2", []string{"  took 0s  proxy\n", "\n(the Host header names another host than the URL)\n", "{\n  \"id\": 1\n}\n"}},
		{"show --curl 2", []string{"--header 'X-Empty;'"}},
		{"show --raw 2", []string{"GET /foreign HTTP/1.1\r\nHost: b.example\r\nX-Empty: \r\n\r\n\r\nHTTP/1.1 200 OK\r\n", "\r\n\r\n{\"id\":1}\r\n"}},
		{"show 3", []string{"\n(2500000000 bytes, not recorded)\n"}},
		{"show 4", []string{"\n(7 bytes, not recorded)\n"}}, // it may have secrets
		{"show 4 --reveal", []string{"Content-Encoding: gzip\n", "\n(7 bytes: "}},
		{"show --json --reveal 4", []string{`"body":"no gzip"`}},
		{"show 5", []string{"xxxé and more\n"}},
		{"show 6", []string{"(11 bytes of application/octet-stream)\n"}},
	} {
		status, out, errs := runHere(append(append([]string{"flows"}, strings.Fields(tt.args)...), "--db", db)...)
		for _, want := range tt.want {
			if status != exitFine || errs != "" || !strings.Contains(out, want) {
				t.Errorf("%s: %d, %q%s, want %q", tt.args, status, out, errs, want)
			}
		}
	}
}

// TestFlowsOfOtherHosts names hosts that a store has not. The hints name those that it has.
func TestFlowsOfOtherHosts(t *testing.T) {
	t.Setenv(configEnv, "")
	one := storeOf(t, getOf("shop.example", "/", "text/plain", "x"))
	var many []flow.Flow
	for i := range 9 {
		many = append(many, getOf(fmt.Sprintf("h%d.example", i), "/", "text/plain", "x"))
	}
	nine, eight := storeOf(t, many...), storeOf(t, many[:8]...)
	for _, tt := range []struct {
		db, args string
		status   int
		want     string
	}{
		{nine, "ls --host none.example", exitFailed, "there are: h0.example, h1.example, h2.example, h3.example, h4.example, h5.example, h6.example, h7.example, …\n"},
		{eight, "ls --host none.example", exitFailed, "h6.example, h7.example\n"},
		{nine, "ls --count --host none.example", exitFailed, `no flows to host "none.example"`},
		{nine, "export --host none.example", exitFailed, `no flows to host "none.example"`},
		{nine, "rm --host none.example", exitFailed, `no flows to host "none.example"`},
		{nine, "export (", exitMisuse, "filter, column "},
		{nine, "rm (", exitMisuse, "filter, column "},
		{nine, "tail (", exitMisuse, "filter, column "},
		{one, "ls host:other.example", exitFine, "host:shop.example"},
		{one, "ls host:SHOP.example path:/none", exitFine, "none of 1 flow matches\n"},
		{nine, "ls host:h3.exampel", exitFine, "host:h3.example"},
		{nine, "rm --holding - h1", exitFailed, "at least 4 bytes"},
	} {
		status, out, errs := runHere(append(append([]string{"flows"}, strings.Fields(tt.args)...), "--db", tt.db)...)
		if status != tt.status || !strings.Contains(out+errs, tt.want) {
			t.Errorf("%s: %d, %s%s, want %d, %q", tt.args, status, out, errs, tt.status, tt.want)
		}
	}
}

// TestShortSize checks that a size has at most six characters, and is rounded to the next unit.
func TestShortSize(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 999: "999", 1000: "1.0k", 999_949: "999.9k", 999_950: "1.0M", 999_949_999: "999.9M", 999_950_000: "1.0G", 12_300_000_000: "12.3G",
	} {
		if got := shortSize(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	for mediaType, want := range map[string]string{
		"application/json": "json", "application/abcdefghijklmnop": "abcdefghijklmnop", "application/abcdefghijklmnopq": "abcdefghijklm...",
	} {
		if got := shortType(mediaType); got != want {
			t.Errorf("%s: %s, want %s", mediaType, got, want)
		}
	}
}

// TestRemovalByValue takes the value of --holding from stdin and files. It may have 64 KiB.
func TestRemovalByValue(t *testing.T) {
	t.Setenv(configEnv, "")
	value := strings.Repeat("v", 64<<10)
	db := storeOf(t, getOf("a.example", "/", "text/plain", "x"+value), getOf("a.example", "/other", "text/plain", "x"))
	file := filepath.Join(t.TempDir(), "value")
	for _, tt := range []struct {
		text   string
		status int
		want   string
	}{
		{value + "v", exitFailed, "more than 65536 bytes"},
		{value + "v\n", exitFailed, "more than 65536 bytes"},
		{value + "\n and more", exitFailed, "more than 65536 bytes"},
		{value + "\r\n\r\n and more", exitFailed, "more than 65536 bytes"},
		{value, exitFine, "would remove 1 flow\n"},
		{value + "\r\n", exitFine, "would remove 1 flow\n"},
		{"vvvv\r\n", exitFine, "would remove 1 flow\n"},
		{"vvv\n", exitFailed, "at least 4 bytes"},
		{"none", exitFine, "would remove 0 flows\n"},
	} {
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		status, _, errs := runHere("flows", "rm", "--db", db, "--dry-run", "--holding", file)
		if status != tt.status || !strings.Contains(errs, tt.want) {
			t.Errorf("%d bytes: %d, %s, want %s", len(tt.text), status, errs, tt.want)
		}
	}
	if status, _, errs := runHere("flows", "rm", "--db", db, "--holding", filepath.Dir(file)); status != exitFailed || !strings.Contains(errs, "is a directory") {
		t.Errorf("a folder: %d, %s", status, errs)
	}
}

// TestExportOfRequests writes a file of requests to stdout and to files. It has at most a thousand.
func TestExportOfRequests(t *testing.T) {
	t.Setenv(configEnv, "")
	var flows []flow.Flow
	for i := range maxRequests + 1 {
		flows = append(flows, getOf("a.example", fmt.Sprintf("/items/%d", i), "text/plain", "x"))
	}
	db := storeOf(t, flows...)
	most, err := os.Create(filepath.Join(t.TempDir(), "most.http"))
	if err != nil {
		t.Fatal(err)
	}
	most.Close()
	for _, tt := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"--format", "http"}, exitFailed, "more than 1000 requests"},
		{[]string{"--format", "http", "--limit", "1000", "-o", most.Name()}, exitFine, "wrote 1000 requests to "},
		{[]string{"--format", "http", "path:/items/7", "--limit", "1"}, exitFine, "GET https://a.example/items/7"},
		{[]string{"--format", "http", "-o", "-", "1001"}, exitFine, "GET https://a.example/items/1000\n"},
		{[]string{"--format", "http", "-o", filepath.Join(t.TempDir(), "no", "x.http")}, exitFailed, "more than 1000 requests"},
		{[]string{"-o", filepath.Join(t.TempDir(), "no", "x.http"), "1"}, exitFailed, "there is no folder"},
	} {
		status, out, errs := runHere(append([]string{"flows", "export", "--db", db}, tt.args...)...)
		if status != tt.status || !strings.Contains(out+errs, tt.want) {
			t.Errorf("%v: %d, %.300s%s, want %s", tt.args, status, out, errs, tt.want)
		}
	}
}

// TestLossesBetweenTimes says in which time flows were lost, and counts those behind the first that
// is listed.
func TestLossesBetweenTimes(t *testing.T) {
	t.Setenv(configEnv, "")
	db := storeOf(t, getOf("a.example", "/1", "text/plain", "x"), getOf("a.example", "/2", "text/plain", "x"), getOf("a.example", "/3", "text/plain", "x"))
	st, err := store.Open(db, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local)
	if err := errors.Join(st.NoteLoss(context.Background(), 2, at, at.Add(time.Minute)), st.Close()); err != nil {
		t.Fatal(err)
	}
	const want = "spectap: 2 flows could not be recorded between 2026-01-02 03:04:05 and 2026-01-02 03:05:05\n"
	if _, _, errs := runHere("flows", "ls", "--db", db); errs != want {
		t.Errorf("got %s, want %s", errs, want)
	}
	losses := []store.Loss{{After: 1, Flows: 1, Since: at, Until: at}, {After: 3, Flows: 4, Since: at.Add(time.Hour), Until: at.Add(2 * time.Hour)}}
	for after, want := range map[flow.Seq]int64{0: 5, 1: 5, 2: 4, 3: 4, 4: 0} {
		if got := lossesAfter(losses, after); got.Flows != want {
			t.Errorf("after %d: %d, want %d", after, got.Flows, want)
		}
	}
}
