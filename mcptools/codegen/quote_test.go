package codegen

import (
	"encoding/json"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spectap/spectap/mcptools/view"
)

// TestQuote reads the literals of each language again: they stand for the same text, and show all
// of it.
func TestQuote(t *testing.T) {
	for _, text := range []string{
		"", "plain", `"quoted" \ 'text'`, "a\nb\tc", "$HOME `id` %s", "é漢😀", "right\u202eleft", "tag\U000e0041", "\u200b", "\ufffd", "\x00\x1f\x7f", "a=b", "it's", "~", "-x",
		"bytes \xff\xe9", "\r\n",
	} {
		python, script, shell := quotePythonOrGo(text), quoteJavaScript(text), quoteShellVisible(text)
		if got, err := strconv.Unquote(python); err != nil || got != text {
			t.Errorf("%q: %s is %q, %v", text, python, got, err)
		}
		var got string
		if err := json.Unmarshal([]byte(script), &got); utf8.ValidString(text) && (err != nil || got != text) {
			t.Errorf("%q: %s is %q, %v", text, script, got, err)
		}
		if out, err := exec.Command("sh", "-c", "printf %s "+shell).Output(); !strings.Contains(text, "\x00") && (err != nil || string(out) != text) {
			t.Errorf("%q: %s is %q, %v", text, shell, out, err)
		}
		for _, literal := range []string{python, script, shell} {
			if i := strings.IndexFunc(literal, func(r rune) bool { return r != '\n' && r != '\t' && view.IsHidden(r) }); i >= 0 || !utf8.ValidString(literal) {
				t.Errorf("%q is not all shown: %q", text, literal)
			}
		}
	}
	if got := quoteShell("a.b/c:1@%+=,-_Z"); got != "a.b/c:1@%+=,-_Z" {
		t.Errorf("a plain word is %s", got)
	}
	if got := quoteJavaScript("\xff"); got != `"\u00ff"` {
		t.Errorf("a byte is %s", got)
	}
}
