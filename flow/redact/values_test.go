package redact_test

import (
	"strconv"
	"strings"
	"testing"
)

// formRow is a body of testdata/forms.txt with one secret.
type formRow struct{ kind, contentType, before, secret, after string }

// with returns the body with another value in place of the secret.
func (r formRow) with(value string) string { return r.before + value + r.after }

// redacted returns the body with another value, redacted, with [] in place of placeholders.
func (r formRow) redacted(value string) string {
	return emptied(redactAs(r.contentType, r.with(value)))
}

// formRows returns the bodies of testdata/forms.txt that have one secret.
func formRows(t *testing.T) (rows []formRow) {
	t.Helper()
	for _, f := range formLines(t) {
		if strings.Count(f.text, "«") != 1 {
			continue
		}
		before, rest, _ := strings.Cut(f.text, "«")
		secret, after, _ := strings.Cut(rest, "»")
		rows = append(rows, formRow{f.kind, f.contentType, before, secret, after})
	}
	if len(rows) < 1000 {
		t.Fatalf("%d bodies", len(rows))
	}
	return rows
}

// oneLine writes a body in one line, as in testdata/forms.txt.
func oneLine(body string) string {
	return strings.NewReplacer("\r\n", "␍", "\n", "␊", "\t", "␉").Replace(body)
}

// valuesHead explains testdata/values.txt.
const valuesHead = `# Bodies of forms.txt with other values in place of their secret.
# go test ./flow/redact -run TestOtherValues -update writes the file.
`

// TestOtherValues puts other values in place of the secrets of testdata/forms.txt: nothing, a word
// that says that there is none, a masked one, and the shortest beginning of the secret that is still
// taken for one. What is redacted then is in testdata/values.txt. Bodies that it does not list stay
// as they are with the first three, and lose the first character alone.
func TestOtherValues(t *testing.T) {
	rows := formRows(t)
	var got []string
	for _, sub := range []struct{ what, value string }{{"no value", ""}, {"none", "none"}, {"masked", "***"}} {
		got = append(got, "", "# "+sub.what)
		for _, r := range rows {
			if out := r.redacted(sub.value); out != r.with(sub.value) {
				got = append(got, r.kind+" "+oneLine(out))
			}
		}
	}
	got = append(got, "", "# the least number of characters")
	for _, r := range rows {
		n := 1
		for ; n < len(r.secret) && r.redacted(r.secret[:n]) == r.with(r.secret[:n]); n++ {
		}
		if n > 1 {
			got = append(got, strconv.Itoa(n)+" "+r.kind+" "+oneLine(r.with("«"+r.secret+"»")))
		}
	}
	checkRows(t, "testdata/values.txt", valuesHead, got)
}
