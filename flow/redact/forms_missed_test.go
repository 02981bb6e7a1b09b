package redact_test

import (
	"strings"
	"testing"
)

// TestMissedForms checks that testdata/missed.txt has only forms that redaction does not hide. One that it hides
// belongs into testdata/forms.txt.
func TestMissedForms(t *testing.T) {
	for _, f := range formsOf(t, "testdata/missed.txt") {
		if got := emptied(redactAs(f.contentType, strings.NewReplacer("«", "", "»", "").Replace(f.text))); got == emptiedMarks(f.text) {
			t.Errorf("hidden: %s", f.line)
		}
	}
}
