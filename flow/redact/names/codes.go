package names

import (
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/internal/ascii"
)

// codeSensitivity distinguishes codes that grant access or are worth money from those of countries,
// errors and products. The name ends in "code"; before and first are the words before it.
func codeSensitivity(before, first string) Sensitivity {
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
	case "in":
		if first == "sign" || first == "log" {
			return Secret
		}
		return Weak
	case "security", "verification", "verify", "access", "recovery", "backup", "reset", "sms", "login",
		"confirmation", "confirm", "authorization", "authentication", "authenticator", "auth", "device", "pass",
		"onetime", "once", "signin", "unlock", "activation", "factor", "twofactor", "tfa", "mfa", "2fa", "scratch",
		"emergency", "magic", "secret", "pairing", "challenge", "redemption", "redeem", "gift", "giftcard", "door",
		"gate", "alarm", "keypad", "safe", "entry", "lock", "oob", "arm", "disarm", "duress":
		return Secret
	case "user", "invite", "invitation", "email", "phone", "mobile", "whatsapp", "telegram",
		"promo", "promotion", "coupon", "voucher", "license", "licence", "referral", "discount", "setup", "binding":
		return OneTime
	}
	if isTypedCode(before) {
		return Secret
	}
	return Weak
}

// codeInOrder returns the sensitivity of a code that people type in languages in which the word for
// code comes first: codigo_verificacion, code_de_verification.
func codeInOrder(before string) Sensitivity {
	switch before {
	case "code", "codigo", "codice", "de", "di":
		return OneTime
	}
	return Plain
}

// isTypedCode reports whether a word names a secret that people type, which may also be called its
// "number" or "code".
func isTypedCode(w string) bool {
	switch w {
	case "pin", "otp", "totp", "hotp", "cvv", "cvc", "cvn", "csc", "cvv2", "cvc2", "puk", "tan", "otc":
		return true
	}
	return false
}

// isTANPrefix reports whether a word before "tan" makes it a transaction number: smstan, phototan.
func isTANPrefix(before string) bool {
	switch before {
	case "sms", "photo", "push", "chip", "mobile", "optical":
		return true
	}
	return false
}

// answerSensitivity recognizes answers that reset a forgotten password.
func answerSensitivity(before, first string) Sensitivity {
	switch before {
	case "security", "secret", "recovery", "challenge", "reset", "password", "verification", "hint", "mfa", "kba":
		return Secret
	case "question":
		return answerSensitivity(first, "")
	}
	return Plain
}

// IsOneTimeCode reports whether a value is a code that people type: four to ten digits, or letters
// and digits, in one group or two; or two groups of capitals, as in "WDJB-MJHT".
func IsOneTimeCode(v string) bool {
	if i := strings.IndexAny(v, " -"); i >= 2 {
		left, right := v[:i], v[i+1:]
		if ascii.AllAlnum(left) && len(right) >= 2 && ascii.AllAlnum(right) && len(v) <= 12 && form.Count(v).Lower == 0 {
			return true
		}
	}
	if len(v) < 4 || len(v) > 10 || !ascii.AllAlnum(v) {
		return false
	}
	return form.Count(v).Digit > 0
}

// blankSigns replaces the signs that join the words of a name.
var blankSigns = strings.NewReplacer("_", " ", "-", " ")

// nonASCIISensitivity looks for words for password in names of other languages, which are not split
// into words.
func nonASCIISensitivity(name string) Sensitivity {
	for i := range len(name) {
		if name[i] < utf8.RuneSelf {
			continue
		}
		low := blankSigns.Replace(strings.ToLower(name))
		for _, w := range [...]string{"contraseña", "пароль", "密码", "密碼", "パスワード", "暗証番号",
			"비밀번호", "验证码", "κωδικός", "συνθηματικό", "סיסמה", "şifre", "hasło", "mật khẩu", "bestätigungscode",
			"lösenord", "jelszó", "parolă", "รหัสผ่าน", "كلمة المرور", "كلمة السر",
			"slaptažodis", "salasõna", "fjalëkalimi", "lykilorð", "лозинка", "парола", "პაროლი", "գաղտնաբառ", "סיסמא",
			"رمز عبور", "گذرواژه", "पासवर्ड", "পাসওয়ার্ড", "கடவுச்சொல்", "口令", "ពាក្យសម្ងាត់", "ລະຫັດຜ່ານ", "စကားဝှက်"} {
			if strings.Contains(low, w) {
				return Secret
			}
		}
		for _, w := range [...]string{"密钥", "密鑰", "私钥", "私鑰", "秘密鍵", "パスコード", "암호", "비밀키", "секрет", "секретный ключ", "ключ api"} {
			if strings.HasSuffix(low, w) {
				return Secret
			}
		}
		for _, w := range [...]string{"인증번호", "인증코드", "認証コード", "認証番号", "確認コード", "校验码", "動態碼", "动态码"} {
			if strings.HasSuffix(low, w) {
				return OneTime
			}
		}
		return Plain
	}
	return Plain
}
