package redact

import (
	"strings"
	"unicode/utf8"
)

// codeClass tells codes that let somebody in, or are worth money, from those of countries, errors and products.
func codeClass(before, first string) Class {
	switch before {
	case "time":
		if first == "one" {
			return Secret
		}
		return Weak
	case "card":
		if first == "gift" {
			return Secret
		}
		return Weak
	case "security", "verification", "verify", "access", "recovery", "backup", "reset", "sms", "login", "confirmation", "confirm",
		"authorization", "authentication", "authenticator", "auth", "device", "pass", "onetime", "once", "signin", "unlock",
		"activation", "factor", "twofactor", "tfa", "mfa", "2fa", "scratch", "emergency", "magic", "secret", "pairing", "challenge",
		"redemption", "redeem", "gift", "giftcard", "door", "gate", "alarm", "keypad", "safe", "entry":
		return Secret
	case "user", "invite", "invitation", "email", "phone", "mobile", "whatsapp", "telegram":
		return OneTime
	}
	if isTyped(before) {
		return Secret
	}
	return Weak
}

// isTyped says whether a word names something secret that people type, of which one says "number" or "code" too.
func isTyped(w string) bool {
	switch w {
	case "pin", "otp", "totp", "hotp", "cvv", "cvc", "cvn", "csc", "cvv2", "cvc2", "puk", "tan", "otc":
		return true
	}
	return false
}

// isTanOf says whether a word before "tan" makes it a transaction number: smstan, phototan.
func isTanOf(before string) bool {
	switch before {
	case "sms", "photo", "push", "chip", "mobile", "optical":
		return true
	}
	return false
}

// answerClass tells answers that let somebody in who forgot a password.
func answerClass(before, first string) Class {
	switch before {
	case "security", "secret", "recovery", "challenge", "reset", "password", "verification":
		return Secret
	case "question":
		if first != "" && answerClass(first, "") == Secret {
			return Secret
		}
	}
	return Plain
}

// isOneTimeCode says whether a value is a code such as people type: four to ten digits, perhaps in two groups; the
// same with letters among them; or two groups of capitals, as in "WDJB-MJHT".
func isOneTimeCode(v string) bool {
	if i := strings.IndexAny(v, " -"); i >= 2 {
		left, right := v[:i], v[i+1:]
		if isAlnum(left) && len(right) >= 2 && isAlnum(right) && len(v) <= 12 && countClasses(v).lower == 0 {
			return true
		}
	}
	if len(v) < 4 || len(v) > 10 || !isAlnum(v) {
		return false
	}
	return countClasses(v).digit > 0
}

// foreignClass judges names in scripts that are not split into words.
func foreignClass(name string) Class {
	for i := range len(name) {
		if name[i] < utf8.RuneSelf {
			continue
		}
		low := strings.ToLower(name)
		for _, w := range [...]string{"contraseña", "пароль", "密码", "密碼", "パスワード", "暗証番号", "비밀번호", "验证码", "κωδικός", "סיסמה", "şifre", "hasło", "mật khẩu"} {
			if strings.Contains(low, w) {
				return Secret
			}
		}
		return Plain
	}
	return Plain
}
