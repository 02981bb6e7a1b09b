package redact_test

import (
	"flag"
	"os"
	"slices"
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
	data, err := os.ReadFile("testdata/forms.txt")
	if err != nil {
		t.Fatal(err)
	}
	cuts, err := os.ReadFile("testdata/cuts.txt")
	if err != nil && !*update {
		t.Fatal(err)
	}
	listed := strings.Split(strings.TrimSpace(strings.TrimPrefix(string(cuts), cutHead)), "\n")
	breaks := strings.NewReplacer("␍", "\r\n", "␊", "\n", "␉", "\t")
	marks := strings.NewReplacer("\r\n", "␍", "\n", "␊", "\t", "␉")
	var need []string
	rows := 0
	for line := range strings.Lines(string(data)) {
		kind, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		text = breaks.Replace(strings.TrimLeft(text, " "))
		contentType, ok := formKinds[kind]
		if !ok {
			continue
		}
		whole := strings.NewReplacer("«", "", "»", "").Replace(text)
		for n := range len(whole) {
			red.Body(contentType, []byte(whole[:n]))
		}
		before, rest, _ := strings.Cut(text, "«")
		secret, after, ok := strings.Cut(rest, "»")
		if !ok || strings.Contains(after, "«") || len(secret) < 6 || strings.Contains(before+after, secret) {
			continue
		}
		rows++
		for n := len(after); n > 0; n-- { // from the end, since a longer text always shows more
			out := string(red.Body(contentType, []byte(before+secret+after[:n-1])))
			if strings.Contains(out, secret) {
				need = append(need, kind+" "+marks.Replace(before+"«"+secret+"»"+after[:n]+"‸"+after[n:]))
				break
			}
		}
	}
	if rows < 1000 {
		t.Errorf("%d bodies were cut", rows)
	}
	if *update {
		if err := os.WriteFile("testdata/cuts.txt", []byte(cutHead+strings.Join(need, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, row := range need {
		if !slices.Contains(listed, row) {
			t.Errorf("found only if it goes on to ‸: %s", row)
		}
	}
	for _, row := range listed {
		if !slices.Contains(need, row) {
			t.Errorf("found before ‸, or the body is gone: %s", row)
		}
	}
}
