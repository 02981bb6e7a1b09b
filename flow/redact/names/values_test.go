package names_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/redact/names"
)

// answer is what the package says of names or values: those that are what the question says, and
// those that just are not.
type answer struct {
	question string
	is       func(string) bool
	yes, no  []string
}

// checkAnswers asks each question.
func checkAnswers(t *testing.T, answers []answer) {
	t.Helper()
	for _, tt := range answers {
		for want, values := range map[bool][]string{true: tt.yes, false: tt.no} {
			for _, v := range values {
				if tt.is(v) != want {
					t.Errorf("%q is %s: %t", v, tt.question, !want)
				}
			}
		}
	}
}

// long returns a word of n letters with the given end.
func long(n int, end string) string { return strings.Repeat("a", n-len(end)) + end }

// TestAnswersOfNames checks what the package says of names and values alone, each beside what just
// gets the other answer.
func TestAnswersOfNames(t *testing.T) {
	checkAnswers(t, []answer{
		{"a short password", names.IsShortPassword,
			[]string{"abcde1", "1bcdef", "swordfish", "a_b-c1"},
			[]string{"", "abcd1", "abc de1", " abcde1", "abcdefgh", "123456", "Swordfish", "required", "encryption"}},
		{"told", names.IsTold,
			[]string{"swordfish", long(64, "")},
			[]string{"swordfis", "swordfish1", "Swordfish", "encryption", "encrypted", "optional", "mypassword", long(65, ""), ""}},
		{"the name of a column", names.IsColumn,
			[]string{"a", "Z", "user name", "a1", "a_b-c.d", "count(*)", "a:b", "no#", "Größe", "größe", "Übertrag", "密码", long(40, "")},
			[]string{"", "1a", "_a", " a", "#a", "a/b", "a=b", "a,b", "a\n", long(41, "")}},
		{"like a name", names.IsNameLike,
			[]string{"a", "aZ", "a_b-c", "_"}, []string{"", "a1", "a b", "a.b", "ä"}},
		{"a question for a secret", names.AsksForSecret,
			[]string{"kba", "KBA", "kbas", "security_questions", "securityQuestion", "secret-answers", "recoveryQuestions", "challenge_question"},
			[]string{"", "kb", "question", "questions", "security", "securityQuestionss", long(names.MaxLen+1, "_securityquestion")}},
		{"a path of a secret that people choose", names.EndsWithChosen,
			[]string{"/me/password", "/password/change", "/me/password/", "password", "/me/pin/x", "password/x"},
			[]string{"", "/", "/me", "/password/change/now", "/me/token", "/me/passport", "/password/a/b/"}},
		{"a path of a secret", names.EndsWithSecret,
			[]string{"/me/password", "token", "/a/api_key"}, []string{"", "/me/tokens", "/password/x", "/me/", "/a/passwords"}},
		{"prose", names.IsProse,
			[]string{"required", "Encryption", "scanning", "policies", "simple", "MD5", "is", "rotation", "variable"},
			[]string{"swordfish", "bing", "sing1", "hunter2x", "xying1", "zed", "ored"}},
		{"known by a link", names.OpensByLink,
			[]string{"invite", "Share-Link", "reset", "accept-invitation", "SSO"},
			[]string{"", "invited", "resets", "accept-invitationx", "login"}},
		{"known by a link only", names.OpensOnlyByLink,
			[]string{"magic-link", "MagicLink", "password-reset", "share-link"}, []string{"", "link", "share", "reset", "magic"}},
		{"the name of an account", names.NamesAccount,
			[]string{"login", "userLogin", "ident"}, []string{"", "user", "loginName", "identity"}},
		{"a word that people choose", names.IsChosen,
			[]string{"password", "userPasswords", "pin", "new_passcode"}, []string{"", "token", "pinned", "passwordHash"}},
		{"the end of a secret", names.MayEndSecret,
			[]string{"password", "pin", "KEY", "ключ", "user_id"}, []string{"", "in", "ey", "name", "pint"}},
	})
}

// TestMayBeNamed checks which members may hold a secret under a harmless name, by their own name or
// that of the object around them.
func TestMayBeNamed(t *testing.T) {
	for owner, answers := range map[string]map[string]bool{
		"": {"a": true, "id": false, "ab": true, "abc": false, "value": true, "text": true, "name": false, "key": true, "seed": true, "current": true, "status": false,
			"newValue": true, "previous": true, "content": true, "names": false},
		"data":      {"status": true},
		"variables": {"status": true},
		"params":    {"id": true},
		"object":    {"status": false},
	} {
		for name, want := range answers {
			if got := names.MayBeNamed(name, owner); got != want {
				t.Errorf("%s in %q: %t", name, owner, got)
			}
		}
	}
}
