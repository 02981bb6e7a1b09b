package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/har"
)

// TestOwnRulesInDocuments checks that documents and evidence show no value that a rule of the
// configuration hides, though it is a word of a list.
func TestOwnRulesInDocuments(t *testing.T) {
	dir := t.TempDir()
	setDataHome(t, dir)
	file := filepath.Join(dir, "rules.yaml")
	rules := "redact:\n  - header: X-Tenant\n  - name: plate\n  - json: $.car.note\n  - regexp: 'secretly\\w+'\n"
	noError(t, os.WriteFile(file, []byte(rules), 0o600))
	f := must(os.Create(filepath.Join(dir, "s.har")))
	defer f.Close()
	w := har.NewWriter(f, har.WriteConfig{})
	for i := range 60 {
		word := []string{"blue", "green", "red"}[i%3]
		body := fmt.Sprintf(`{"plate":"plate%[1]s","car":{"note":"note%[1]s"},"kind":"secretly%[1]s","status":"shown%[1]s"}`, word)
		x := flow.Flow{Done: true, Request: flow.Request{Method: "POST", Scheme: "https", Authority: "api.example.com", Path: "/cars",
			Header: flow.Header{{Name: "X-Tenant", Value: "tenant" + word}, {Name: "Content-Type", Value: "application/json"}},
			Body:   flow.Body{Data: []byte(body), Size: int64(len(body))}}, Response: &flow.Response{Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
			Body: flow.Body{Data: []byte(body), Size: int64(len(body))}}}
		noError(t, w.Write(x))
	}
	noError(t, w.Close())
	db := filepath.Join(dir, "s.db")
	for _, args := range [][]string{{"import", filepath.Join(dir, "s.har")}, {"export"}, {"export", "--format", "json"},
		{"export", "--format", "compact"}, {"explain", "POST", "/cars"}} {
		var out, errs bytes.Buffer
		args = append(args, "--db", db, "--config", file)
		if code := run(context.Background(), args, strings.NewReader(""), &out, &errs); code != cli.ExitFine {
			t.Fatalf("%q: %d: %s", args, code, errs.String())
		}
		for _, secret := range []string{"plateblue", "noteblue", "secretlyblue", "tenantblue"} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("%q shows %s:\n%s", args, secret, out.String())
			}
		}
		if args[0] != "import" && args[2] != "compact" && !strings.Contains(out.String(), "shownblue") {
			t.Errorf("%q lacks the word that no rule hides:\n%s", args, out.String())
		}
	}
}
