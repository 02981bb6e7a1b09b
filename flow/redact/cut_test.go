package redact_test

import (
	"flag"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite testdata/cuts.txt")

// cutHead explains testdata/cuts.txt.
const cutHead = `# Bodies of forms.txt whose secret is only found if some of what follows it is there: the text up to ‸.
# go test ./flow/redact -run TestCutBodies -update writes the file.
`

// TestCutBodies cuts the bodies of testdata/forms.txt behind their secret, as a limit of recorded
// bodies does. The secret is found wherever the cut is, except in the bodies of testdata/cuts.txt,
// which show what they are only later. No cut, also one within the secret, may stop the program.
func TestCutBodies(t *testing.T) {
	var need []string
	for _, r := range formRows(t) {
		whole := r.with(r.secret)
		for n := range len(whole) {
			redactAs(r.contentType, whole[:n])
		}
		if len(r.secret) < 6 || strings.Contains(r.with(""), r.secret) {
			continue
		}
		for n := len(r.after); n > 0; n-- { // from the end, since a longer text always shows more
			out := redactAs(r.contentType, r.before+r.secret+r.after[:n-1])
			if strings.Contains(out, r.secret) {
				need = append(need, r.kind+" "+oneLine(r.before+"«"+r.secret+"»"+r.after[:n]+"‸"+r.after[n:]))
				break
			}
		}
	}
	checkRows(t, "testdata/cuts.txt", cutHead, need)
}

// TestCutAnywhere redacts every body as it is when it is cut off at any of its bytes.
func TestCutAnywhere(t *testing.T) {
	for _, f := range formLines(t) {
		text := strings.NewReplacer("«", "", "»", "").Replace(f.text)
		for n := range text {
			once := redactAs(f.contentType, text[:n])
			if again := redactAs(f.contentType, once); again != once {
				t.Errorf("%s: %s is redacted to %s, then to %s", f.kind, text[:n], once, again)
			}
		}
	}
}
