package jsonschema

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestPatternsInNode gives rewritten patterns to an engine of ECMA-262, which must take all of them with the u flag.
func TestPatternsInNode(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	parts := strings.Fields(`a 0 z é - , / # && < > ^ $ | * + ? { } {2} {2,3} {3,2} [ ] ( ) (?: (?= (?! (?<= (?<n> (?P<n> ` +
		`\A \z \b \B \w \d \n \_ \- \. \/ \é \k \k<n> \0 \00 \01 \1 \8 \c \c1 \cA \x4 \x41 \u12 \u0041 \u{ \u{41} \uD83D ` +
		`\p \p{L} \p{Lu} \p{Greek} \p{Script=Greek} \p{ASCII_Hex_Digit} \p{Other} \p{Dash}`)
	r := rand.New(rand.NewPCG(1, 2))
	rewritten := map[string]string{}
	for range 20_000 {
		var p strings.Builder
		for range 1 + r.IntN(7) {
			p.WriteString(parts[r.IntN(len(parts))])
		}
		if out, err := RewritePattern(p.String()); err == nil {
			rewritten[out] = p.String()
		}
	}
	if len(rewritten) < 1000 {
		t.Fatalf("only %d patterns were rewritten", len(rewritten))
	}
	in := must.Get(json.Marshal(rewritten))
	cmd := exec.CommandContext(t.Context(), node, "-e", `
		for (const [out, p] of Object.entries(JSON.parse(require("fs").readFileSync(0)))) {
			try { new RegExp(out, "u") } catch (e) { console.log(p + ": " + e.message) }
		}`)
	cmd.Stdin = bytes.NewReader(in)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out[:min(len(out), 2000)])
	}
}
