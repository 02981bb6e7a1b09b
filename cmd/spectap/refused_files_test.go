package main

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// filesRead are command lines with a file that they cannot use: D is a folder, B a file of one
// bracket, F each of these in turn. P is a policy, A an OpenAPI document.
const filesRead = `
approvals ls --approvals F
approvals show x --approvals F
approvals approve x --approvals F
approvals deny x --approvals F
approvals rules --approvals F
audit tail D
audit verify A --key F
ca print --ca-dir B
check F
coverage F
diff A F
diff F A
doc F
explain GET /things --overrides F
export --into F
export --overrides F
filter F
flows ls --db F
flows ls --config F
gateway --policy F -- spectap version
gateway --policy P --approvals F -- spectap version
gateway --policy P --audit new.jsonl --audit-key F -- spectap version
gateway --policy P --pins F -- spectap version
gateway --policy P --http :0 --grants F -- spectap version
gateway --policy P --http :0 --tls-cert F --tls-key F -- spectap version
gateway --policy P --upstream https://a.example --upstream-token-file D
grant ls --grants F
grant add ci --grants F
grant revoke ci --grants F
import F
lint F
mcp --allow rules,send --send-to https://a.example --upstream-ca F
mcp --policy F
mcp --spec shop=D
mcp --policy P --approvals F
pins accept --pins F
pins ls --pins F
pins reject --pins F
policy check D
proxy --ca-dir B
proxy --upstream-ca F
serve F
serve A --policy P --approvals F
serve A --audit new.jsonl --audit-key F
serve A --pins F
serve A --policy F
store compact --db F
store stats --db F
store verify --db F
validate F
verify F
`

// TestRefusedFiles checks that no command goes on without a file that it was given and cannot use,
// and that the error names the file.
func TestRefusedFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(cli.ConfigEnv, "")
	setDataHome(t, dir)
	t.Chdir(dir)
	api, _, db := hostileFiles(t, dir)
	policy := filepath.Join(dir, "policy.yaml")
	for name, text := range map[string]string{policy: "version: 1\ntools: {}\n", "bracket": "{"} {
		noError(t, os.WriteFile(name, []byte(text), 0o600))
	}
	noError(t, os.Mkdir("folder", 0o700))
	use := map[string]string{"P": policy, "A": api, "D": "folder", "B": "bracket"}
	for line := range strings.Lines(strings.TrimSpace(filesRead)) {
		words := strings.Fields(line)
		if !slices.Contains(words, "--db") {
			words = append(words[:1:1], append([]string{"--db", db}, words[1:]...)...)
		}
		for _, file := range []string{"folder", "bracket"} {
			use["F"] = file
			args, named := slices.Clone(words), false
			for i, w := range words {
				name, value, _ := strings.Cut(w, "=")
				named = named || use[cmp.Or(value, name)] == file
				args[i] = cmp.Or(use[w], strings.TrimSuffix(w, value)+use[value], w)
			}
			if !named {
				continue
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // for commands that serve anyway
			var errs bytes.Buffer
			status := run(ctx, args, strings.NewReader(""), io.Discard, &errs)
			cancel()
			if status != cli.ExitFailed && status != cli.ExitMisuse || !strings.Contains(errs.String(), file) {
				t.Errorf("%s with a %s: exit %d: %s", strings.TrimSpace(line), file, status, &errs)
			}
		}
	}
}
