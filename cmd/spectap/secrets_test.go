package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow/har"
	"github.com/spectap/spectap/flow/redact/redacttest"
)

// TestSecretsAreHidden imports secrets of every kind, and checks that no command prints one.
func TestSecretsAreHidden(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(cli.ConfigEnv, "")
	setDataHome(t, dir)
	db := filepath.Join(dir, "s.db")
	secrets := plantedHAR(t, filepath.Join(dir, "s.har"))
	output := func(args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run(context.Background(), args, strings.NewReader(""), &out, &errs); code != cli.ExitFine {
			t.Fatalf("spectap %s: %d: %s", strings.Join(args, " "), code, errs.String())
		}
		return out.String() + errs.String()
	}
	output("import", "--db", db, filepath.Join(dir, "s.har"))
	outputs := map[string]string{}
	for _, args := range [][]string{
		{"flows", "ls"}, {"flows", "ls", "--json"}, {"flows", "export"},
		{"export"}, {"export", "--report"}, {"export", "--openapi", "3.0", "--format", "json"}, {"explain", "POST", "/v1/things"},
	} {
		outputs[strings.Join(args, " ")] = output(append(args, "--db", db)...)
	}
	api := filepath.Join(dir, "api.yaml")
	output("export", "--db", db, "-o", api)
	outputs["check"] = output("check", "--db", db, api)
	outputs["export --into"] = output("export", "--db", db, "--into", api, "-o", "-")
	for n := range secrets {
		for i, form := range []string{"", "--json", "--raw", "--curl"} {
			if testing.Short() && i != n%4 {
				continue // each secret is searched in one form
			}
			args := []string{"flows", "show", "--db", db, strconv.Itoa(n + 1)}
			if form != "" {
				args = append(args, form)
			}
			outputs["flows show "+form+" "+strconv.Itoa(n+1)] = output(args...)
		}
		var out, errs bytes.Buffer // of some flows the headers cannot be sent
		run(context.Background(), []string{"replay", "--db", db, strconv.Itoa(n + 1), "--dry-run", "--set", "header.X-A=b", "--set", "query.z=1"},
			strings.NewReader(""), &out, &errs)
		outputs["replay "+strconv.Itoa(n+1)] = out.String() + errs.String()
	}
	for command, out := range outputs {
		for _, s := range secrets {
			if redacttest.Leaks(out, s.value) {
				t.Errorf("%s prints the secret %s", command, s.kind)
			}
		}
	}
}

type planted struct{ kind, value string }

// plantedHAR writes a HAR with one flow for each kind of secret.
func plantedHAR(t *testing.T, path string) []planted {
	t.Helper()
	f := must(os.Create(path))
	defer f.Close()
	w := har.NewWriter(f, har.WriteConfig{})
	var all []planted
	add := func(kind, name, value string) {
		all = append(all, planted{kind, value})
		fl := redacttest.Flow(name, value)
		fl.Started = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		noError(t, w.Write(fl))
	}
	for kind, value := range redacttest.Shaped() {
		add(kind, "note", value)
	}
	for i, name := range redacttest.Names() {
		add("a value named "+name, name, "Tr0ub4dor-"+strconv.Itoa(1000+i))
	}
	noError(t, w.Close())
	return all
}
