package names

import "strings"

// What the path of a request says of members whose names say nothing: code in the body of
// POST /login/2fa, codes in the answer of /2fa/recovery-codes.

// typedCodeWords are the words of a path that takes a code that people type.
var typedCodeWords = wordSet(`otp totp hotp 2fa mfa tfa twofactor passcode onetime otc verification verifications verificationcheck`)

// checkWords say that a path checks a code. checkedWords say what the code is for.
var (
	checkWords = wordSet(`verify confirm validate check activate challenge verifycode confirmcode checkcode validatecode`)

	checkedWords = wordSet(`phone email mail mobile sms login signin signup auth authenticate account accounts me device registration
		register session sessions password code magic identity user users pin`)
)

// TakesTypedCode reports whether the last segments of a path say that the body has a code that
// people type: /auth/verify-otp, /login/2fa, /mfa/factors/7/verify, /email/verify.
func TakesTypedCode(path string) bool {
	path = strings.TrimSuffix(path, "/")
	checks, checked, two := false, false, ""
	for n := range 4 {
		i := strings.LastIndexByte(path, '/')
		var ws words
		if segment := path[i+1:]; len(segment) <= MaxLen {
			ws.split(segment)
		}
		for k := range ws.n {
			w := string(ws.get(k))
			if typedCodeWords[w] || w == "two" && two == "factor" || w == "one" && two == "time" {
				return true
			}
			checks, checked, two = checks || n < 2 && checkWords[w], checked || n < 2 && checkedWords[w], w
		}
		path = path[:max(i, 0)]
	}
	return checks && checked
}

// ListsCodes reports whether the last segment of a path is the name of several codes, each a
// secret: /2fa/recovery-codes.
func ListsCodes(path string) bool {
	segment := path[strings.LastIndexByte(path, '/')+1:]
	return LastWord(segment) == "codes" && SensitivityOf(segment) == Secret
}

// AsksInPath reports whether the last segment of a path is that of questions that prove who a
// person is: /security-questions.
func AsksInPath(path string) bool { return AsksForSecret(path[strings.LastIndexByte(path, '/')+1:]) }

// IsBelowSecrets reports whether a path is that of one secret in a list of them, or of a version of
// it: /secrets/db, /secrets/db/versions/1, /secret/data/app.
func IsBelowSecrets(path string) bool {
	for _, list := range [...]string{"/secrets/", "/secret/"} {
		if _, after, ok := strings.Cut(path, list); ok && after != "" {
			return true
		}
	}
	return false
}
