package rules

import (
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"github.com/spectap/spectap/internal/test/must"
)

// TestCodes finds the codes of the examples of codes.toml, and nothing else.
func TestCodes(t *testing.T) {
	var file struct{ Codes []language }
	must.Do(t, toml.Unmarshal(codesTOML, &file))
	if len(file.Codes) < 15 {
		t.Errorf("%d languages", len(file.Codes))
	}
	for _, l := range file.Codes {
		for _, example := range l.Examples {
			text := strings.NewReplacer("«", "", "»", "").Replace(example)
			got, from := "", 0
			for _, m := range FindCodes(nil, text) {
				got += text[from:m.Start] + "«" + text[m.Start:m.End] + "»"
				from = m.End
			}
			if got += text[from:]; got != example {
				t.Errorf("%s: %s, want %s", l.Language, got, example)
			}
		}
		for _, label := range l.Labels {
			if text := strings.ReplaceAll(label, "…", "Acme") + ": 482913"; len(FindCodes(nil, text)) != 1 {
				t.Errorf("%s: nothing found in %s", l.Language, text)
			}
		}
	}
}
