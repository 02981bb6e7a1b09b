package main

import (
	"encoding/base64"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
)

// TestBinaryBodiesNeedReveal checks that bodies that redaction cannot read leave in no form without
// --reveal, and that an archive without them can be imported: their size remains.
func TestBinaryBodiesNeedReveal(t *testing.T) {
	t.Setenv(cli.ConfigEnv, "")
	const secret = "hunter2hunter2"
	data := "\x00\x00\x00\x00\x10\x0a\x0e" + secret
	f := getOf("a.example", "/pkg.Users/SignIn", "application/grpc", data)
	f.Request.Method, f.Request.Header, f.Request.Body = "POST", f.Response.Header, f.Response.Body
	f.Messages = []flow.Message{{Kind: flow.Binary, Data: []byte(data), Size: int64(len(data))}}
	db := storeOf(t, f)
	archive := filepath.Join(t.TempDir(), "a.har")
	forms := []string{secret, base64.StdEncoding.EncodeToString([]byte(data))}
	shows := func(args, out string) bool {
		for _, text := range forms {
			if strings.Contains(out, text) {
				return true
			}
		}
		if !strings.Contains(out, "digest [redacted:unread:") && !strings.Contains(out, "# the body is not shown here") {
			t.Errorf("%s does not say what is missing: %s", args, out)
		}
		return false
	}
	for _, args := range []string{"show 1", "show --json 1", "show --raw 1", "show --curl 1", "export"} {
		status, out, errs := runHere(append(append([]string{"flows"}, strings.Fields(args)...), "--db", db)...)
		if status != cli.ExitFine || shows(args, out+errs) {
			t.Errorf("%s: %d, %s%s", args, status, out, errs)
		}
		if args == "show 1" {
			continue
		}
		if _, out, _ = runHere(append(append([]string{"flows"}, strings.Fields(args)...), "--db", db, "--reveal")...); !shows(args, out) {
			t.Errorf("%s --reveal hides the body: %s", args, out)
		}
	}
	again := filepath.Join(t.TempDir(), "again.db")
	for _, args := range [][]string{{"flows", "export", "-o", archive, "--db", db}, {"import", archive, "--db", again}} {
		if status, _, errs := runHere(args...); status != cli.ExitFine {
			t.Fatalf("%v: %s", args, errs)
		}
	}
	_, out, _ := runHere("flows", "show", "--json", "--reveal", "1", "--db", again)
	for _, want := range []string{`"request_bytes":21`, `"response_bytes":21`, `"bytes":21,"truncated":true`} {
		if !strings.Contains(out, want) || strings.Contains(out, `"body`) {
			t.Errorf("imported as %s, want %s", out, want)
		}
	}
}
