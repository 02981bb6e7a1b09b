package redact_test

import (
	"strings"
	"testing"
)

// TestVerbs checks what may stand between the name of a secret and the secret in a sentence: each
// verb with the least value that it makes a secret, and one character less. After a verb that says
// what the secret is, four characters are enough, and digits alone are one.
func TestVerbs(t *testing.T) {
	for verb := range strings.SplitSeq("is: |is now: |is now |is set to |is generated: |was generated: |set to |reset to |changed to |"+
		"is |= |has been set to |has been reset to |has been changed to |was set to ", "|") {
		checkEdges(t, []edge{
			{verb + "and a value", "the passcode " + verb + "«a1b2» ok"},
			{verb + "and digits", "the passcode " + verb + "«4829» ok"},
		})
		if verb == "= " { // it says enough by itself
			continue
		}
		checkEdges(t, []edge{
			{verb + "and a word", "the passcode " + verb + "valid for all"},
			{verb + "and three characters", "the token " + verb + "a1b"},
		})
	}
	for verb := range strings.SplitSeq("was reset to |was changed to |created: |generated: |created successfully: |has been created: |has been generated: |now: |— |– |→ |⇒ ", "|") {
		checkEdges(t, []edge{{verb, "Token " + verb + "«a1b2c3d4»"}})
	}
}

// TestNamesOfSentences checks each name that a sentence may have before a secret.
func TestNamesOfSentences(t *testing.T) {
	for name := range strings.FieldsSeq("bearer otp pin cvv cvc puk token secret password passwd passcode passphrase") {
		for _, name := range []string{name, strings.ToUpper(name)} {
			checkEdges(t, []edge{{name, "the " + name + " is «a1b2c3»."}})
		}
	}
	for name := range strings.FieldsSeq("verification security login access backup") {
		checkEdges(t, []edge{
			{name, "Your " + name + " code is «482913»."},
			{name, "Your " + name + " codes are «482913» and 17."},
		})
	}
}

// TestBoundaries checks which line of a body without a boundary in its type is taken for one.
func TestBoundaries(t *testing.T) {
	body := func(preamble, line, head string) string {
		return preamble + line + "\r\n" + head + ": form-data; name=\"password\"\r\n\r\nsword fish\r\n" + line + "--\r\n"
	}
	for _, tt := range []struct {
		name, body string
		found      bool
	}{
		{"a boundary", body("", "--b", "Content-Disposition"), true},
		{"a preamble", body("a\nb\n", "--b", "Content-Disposition"), true},
		{"an empty boundary", body("", "--", "Content-Disposition"), false},
		{"of 70 characters", body("", "--"+strings.Repeat("b", 70), "content-disposition"), true},
		{"of 71", body("", "--"+strings.Repeat("b", 71), "content-disposition"), false},
		{"another header", body("", "--b", "X-Disposition"), false},
		{"a long preamble", body(strings.Repeat("a", 4095)+"\n", "--b", "Content-Disposition"), true},
		{"two lines of it", body(strings.Repeat("a", 4095)+"\n\n", "--b", "Content-Disposition"), true},
		{"a longer one", body(strings.Repeat("a", 4096)+"\n\n", "--b", "Content-Disposition"), false},
	} {
		got := string(red.Body("multipart/form-data", []byte(tt.body)))
		if found := !strings.Contains(got, "sword fish"); found != tt.found {
			t.Errorf("%s: found %t", tt.name, found)
		}
	}
	if text := string(red.Body("multipart/form-data", []byte("--b"))); text != "--b" {
		t.Errorf("a boundary alone becomes %s", text)
	}
}
