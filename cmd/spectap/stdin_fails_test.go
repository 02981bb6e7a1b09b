package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/spectap/spectap/internal/cli"
)

// TestFailingStdin checks that no command takes the beginning of its input for the whole, although
// that would be a complete file.
func TestFailingStdin(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(cli.ConfigEnv, "")
	setDataHome(t, dir)
	t.Chdir(dir)
	one, _, db := hostileFiles(t, dir)
	document, err := os.ReadFile(one)
	if err != nil {
		t.Fatal(err)
	}
	const (
		policy = "version: 1\ntools: {}\n"
		har    = `{"log":{"version":"1.2","creator":{"name":"x","version":"1"},"entries":[]}}`
	)
	if err := os.WriteFile("policy.yaml", []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, text := range map[string]string{
		"validate -": string(document), "lint -": string(document), "filter -": string(document),
		"diff - " + one: string(document), "diff " + one + " -": string(document),
		"policy check -": policy, "policy explain - t": policy, "policy test policy.yaml -": "cases: [{name: a, tool: t, expect: deny}]\n",
		"import --db new.db -": har, "flows rm --dry-run --holding - --db " + db: "none",
	} {
		for _, fails := range []bool{false, true} {
			var out, errs bytes.Buffer
			in := io.Reader(strings.NewReader(text))
			if fails {
				in = io.MultiReader(in, iotest.ErrReader(errDisk))
			}
			status := run(context.Background(), strings.Fields(args), in, &out, &errs)
			if fails && (status != cli.ExitFailed || out.Len() > 0 || !strings.Contains(errs.String(), errDisk.Error())) {
				t.Errorf("%s with an input that breaks off: exit %d, %s%s", args, status, &out, &errs)
			}
			if !fails && status != cli.ExitFine && status != cli.ExitFound {
				t.Errorf("%s: exit %d, %s%s", args, status, &out, &errs)
			}
		}
	}
}
