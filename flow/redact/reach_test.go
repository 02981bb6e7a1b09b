package redact_test

import (
	"strings"
	"testing"
)

// TestReach checks how far the finders look: each text has filler of n bytes (or items) between a
// secret and what marks it. With bound of them the secret is found, with one more it is not, so that
// the time for a text grows with its length alone.
func TestReach(t *testing.T) {
	fill := func(before, filler, after string) func(int) string {
		return func(n int) string { return before + strings.Repeat(filler, n) + after }
	}
	for _, tt := range []struct {
		name  string
		bound int
		text  func(n int) string
	}{
		{"bytes between a program and its option", 993, fill("mysql ", "x", " -pswordf1sh")},
		{"bytes between a user and -p", 111, fill("tool -u joe ", "x", " -p swordf1sh")},
		{"bytes between a user and -p: of Windows", 111, fill("tool -u:joe ", "x", " -p:swordf1sh")},
		{"items of YAML between a program and its option", 11, fill("- mysql\n", "- a\n", "- -pswordf1sh\n")},
		{"bytes of the word that ends a here-document", 38, func(n int) string {
			return "sudo -S ls <<" + strings.Repeat("E", n) + "\nswordf1sh\n" + strings.Repeat("E", n) + "\n"
		}},
		{"words of a command before its password", 13, fill("dscl ", ". ", "-passwd /Users/joe swordf1sh")},
		{"bytes between a prompt and a seed", 43, fill("Enter this key in your authenticator app", " ", ": MFRG GZDF MZTW Q2LK")},
		{"tags between a label and its value", 5, fill("<b>Password:</b>", "<i>", "swordf1sh")},
		{"bytes between a label and its value", 382, fill("<b>Password:</b><i class='", "x", "'>swordf1sh</i>")},
		{"members between a name and its value", 3, fill(`"name":"password",`, `"a":"b",`, `"value":"swordf1sh"`)},
		{"bytes of the members between them", 973, fill(`"name":"password","a":"`, "x", `","value":"swordf1sh"`)},
		{"bytes of a comment between a name and its value", 4092, fill("password = /*", "x", "*/ swordf1sh")},
		{"bytes between a label in another language and its code", 86, fill("Einmalcode", " ", "482913")},
		{"bytes of an expression before its string", 272, fill("password = os.getenv('", "X", "') or 'swordf1sh'")},
		{"bytes of the arguments before a password", 384, fill("login(\"", "x", "\", \"swordf1sh\")")},
		{"bytes between the names of a grant", 4082, fill("?redirect_uri=", "x", "&code=swordf1sh")},
		{"bytes of a name", 119, fill("", "x", "_password=swordf1sh")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found := func(n int) bool {
				got := red.Text(tt.text(n))
				return !strings.Contains(got, "swordf1sh") && !strings.Contains(got, "482913") && !strings.Contains(got, "MFRG")
			}
			if !found(tt.bound) || found(tt.bound+1) {
				t.Errorf("%d: %t, %d: %t", tt.bound, found(tt.bound), tt.bound+1, found(tt.bound+1))
			}
		})
	}
}
