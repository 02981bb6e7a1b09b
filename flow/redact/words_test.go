package redact_test

import (
	"os"
	"strings"
	"testing"
)

// TestOtherWords puts other words in place of each word of the bodies in testdata/forms.txt and of the
// commands and calls, also at the end of a text: empty ones, quotes and signs. None stops the program.
func TestOtherWords(t *testing.T) {
	type body struct{ contentType, text string }
	var bodies []body
	for _, f := range formLines(t) {
		bodies = append(bodies, body{f.contentType, f.text})
	}
	for _, file := range []string{"testdata/commands.txt", "testdata/calls.txt"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			bodies = append(bodies, body{"text/plain", line})
		}
	}
	var now body
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s %q: %v", now.contentType, now.text, p)
		}
	}()
	for _, b := range bodies {
		plain := strings.NewReplacer("«", "", "»", "").Replace(b.text)
		for from := 0; from < len(plain); {
			to := len(plain)
			if n := strings.IndexByte(plain[from:], ' '); n >= 0 {
				to = from + n
			}
			for _, word := range []string{"", `""`, "''", `"`, `\"\"`, "-", "$", "="} {
				for _, after := range []string{plain[to:], ""} {
					now = body{b.contentType, plain[:from] + word + after}
					redactAs(now.contentType, now.text)
				}
			}
			from = to + 1
		}
	}
}
