package names

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/internal/ascii"
)

// MinQuestion is the length of the shortest text that is taken for a question, in bytes.
const MinQuestion = 8

// secretQuestions are what banks and others ask of a person who forgot a password.
var secretQuestions = [...]string{"maiden name", "pet's name", "pets name", "first pet", "favorite pet", "favourite pet", "name of your pet", "name of your first",
	"first car", "first school", "elementary school", "primary school", "high school mascot", "childhood", "favorite teacher", "favourite teacher",
	"city were you born", "city where you were born", "street you grew up", "street did you grow up", "best friend's name", "mother's middle name",
	"father's middle name", "oldest sibling", "you meet your spouse"}

// ofQuestion returns the sensitivity of the answer to a question, or of what another member of
// several words names.
func ofQuestion(member, text string) Sensitivity {
	low := strings.ToLower(text)
	isQuestion := member == "question" || member == "q" || member == "prompt" || member == "title" || member == "label"
	if isQuestion {
		for _, q := range &secretQuestions {
			if strings.Contains(low, q) {
				return Secret
			}
		}
		switch first, _, _ := strings.Cut(low, " "); first {
		case "how", "why", "where", "when", "can", "do", "does", "should", "which": // of a list of frequent ones
			return Plain
		}
	}
	return SecretOrPersonal(text)
}

var noSigns = strings.NewReplacer("_", "", "-", "")

// AsksForSecret reports whether a list of questions or an object of this name has those that prove
// who a person is: {"securityQuestions": [{"question": …, "answer": …}]}.
func AsksForSecret(name string) bool {
	if len(name) < len("kba") || len(name) > MaxLen {
		return false
	}
	low := noSigns.Replace(strings.ToLower(name))
	switch strings.TrimSuffix(low, "s") {
	case "securityquestion", "secretquestion", "challengequestion", "recoveryquestion", "kba", "securityanswer", "secretanswer":
		return true
	}
	return false
}

// HoldsAnswer reports whether a member of this name has the answer to a question.
func HoldsAnswer(name string) bool {
	switch name {
	case "answer", "Answer", "a", "ans", "response", "reply":
		return true
	}
	return false
}

// IsClave reports whether the value of "clave", a word for password and for the code of a product,
// is a password: small letters, with digits if a name is beside it, as in a catalogue.
func IsClave(value string, hasName bool) bool {
	c := form.Count(value)
	if len(value) < 6 || len(value) > 64 || c.Lower == 0 || strings.IndexByte(value, '_') >= 0 || strings.IndexByte(value, ' ') >= 0 {
		return false
	}
	return c.Digit > 0 || !hasName && c.Upper == 0 && c.Other == 0
}

// IsShortPassword reports whether the value of "p" beside the name of a user is a password, and not
// the number or name of a page.
func IsShortPassword(value string) bool {
	if len(value) < 6 || strings.IndexByte(value, ' ') >= 0 {
		return false
	}
	if form.IsMixed(value) {
		return true
	}
	const least = 9
	return len(value) >= least && ascii.AllLower(value) && !IsProse(value)
}

// IsTold reports whether a text that stands for a secret of letters is the secret: a long word of
// small letters that says nothing of it.
func IsTold(w string) bool {
	const least = 9
	return len(w) >= least && len(w) <= 64 && ascii.AllLower(w) && !IsProse(w) && !IsTypeWord(w) && SensitivityOf(w) == Plain
}
