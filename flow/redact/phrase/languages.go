package phrase

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spectap/spectap/internal/ascii"
)

// foreignLabels are the ends of labels of codes that people type, in other languages than English,
// by their last byte. Each says which code it is: the word for code alone is not one.
var foreignLabels = func() (t [256][]string) {
	for label := range strings.SplitSeq(strings.Join([]string{
		// German, Dutch, Swedish, Danish, Norwegian, Finnish
		"bestätigungscode|sicherheitscode|verifizierungscode|verifikationscode|zugangscode|aktivierungscode|anmeldecode|einmalcode|einmalpasswort|einmalkennwort|freischaltcode",
		"verificatiecode|beveiligingscode|bevestigingscode|toegangscode|inlogcode|activeringscode|eenmalige code",
		"pin-eingabe|pineingabe|geheimzahl|uw pincode|je pincode|pin-kod|pin-koden|pinkod|pinkoden|pin-koodi|pinkode|pinkoden|pin-kode",
		"engångslösenord|engångskod|verifieringskod|verifikationskod|bekräftelsekod|säkerhetskod|inloggningskod",
		"engangskode|engangskoden|bekræftelseskode|bekreftelseskode|sikkerhedskode|sikkerhetskode|verifiseringskode|adgangskoden|vahvistuskoodi|kertakäyttökoodi|turvakoodi",
		// French, Spanish, Portuguese, Italian, Romanian
		"code de vérification|code de verification|code de sécurité|code de securite|code de confirmation|code d'accès|code d’accès|code d'activation|code de connexion|code à usage unique",
		"código de verificación|codigo de verificacion|código de seguridad|codigo de seguridad|código de confirmación|código de acceso|código de activación",
		"código de verificação|codigo de verificacao|código de segurança|codigo de seguranca|código de confirmação|código de acesso|código de ativação",
		"codice di verifica|codice di sicurezza|codice di conferma|codice di accesso|codice di attivazione|codice otp|codul de verificare|cod de verificare|codul de confirmare",
		// Polish, Czech, Slovak, Hungarian, Turkish
		"kod weryfikacyjny|kod potwierdzający|kod autoryzacyjny|kod bezpieczeństwa|kod dostępu|kod jednorazowy|hasło jednorazowe|ověřovací kód|overovací kód|potvrzovací kód|bezpečnostní kód",
		"ellenőrző kód|ellenőrző kódja|megerősítő kód|doğrulama kodu|doğrulama kodunuz|onay kodu|onay kodunuz|güvenlik kodu|güvenlik kodunuz",
		// Russian, Ukrainian, Bulgarian, Greek
		"код подтверждения|код для подтверждения|код доступа|код безопасности|код активации|код для входа|проверочный код|одноразовый код|одноразовый пароль|пин-код",
		"код підтвердження|код доступу|код перевірки|одноразовий код|код за потвърждение|κωδικός επαλήθευσης|κωδικός ασφαλείας|κωδικός επιβεβαίωσης",
		// Chinese, Japanese, Korean
		"验证码|驗證碼|校验码|動態碼|动态码|动态密码|確認碼|确认码|安全码|安全碼|認證碼|提取码|认证码",
		"認証コード|確認コード|認証番号|確認番号|セキュリティコード|ワンタイムパスワード|検証コード|暗証番号",
		"인증번호|인증 번호|인증코드|인증 코드|확인코드|확인 코드|보안코드|보안 코드|일회용 비밀번호",
		// Vietnamese, Indonesian, Thai, Hindi, Arabic, Hebrew, Persian
		"mã xác minh|mã xác nhận|mã xác thực|mã bảo mật|mã otp|mã xác minh của bạn|mã xác nhận của bạn|kode verifikasi|kode verifikasi anda|kode keamanan|kode otp|kod pengesahan",
		"รหัสยืนยัน|รหัสยืนยันของคุณ|รหัส otp|รหัสความปลอดภัย|सत्यापन कोड|ओटीपी|رمز التحقق|رمز التأكيد|رمز الأمان|كود التحقق|קוד אימות|קוד האימות|קוד אבטחה|کد تایید|کد تأیید",
		// "your code" in some of them
		"ihr code|dein code|uw code|din kod|votre code|ton code|su código|tu código|seu código|il tuo codice|twój kod|ваш код|твой код|kodunuz|mã của bạn|kode anda",
	}, "|"), "|") {
		last := label[len(label)-1]
		t[last] = append(t[last], label)
	}
	return t
}()

// joiners stand between a label and its code in other languages. An ASCII one is a word.
var joiners = [...]string{"lautet", "ist", "est", "es", "è", "é", "is", "är", "er", "on", "este", "to", "je", "jest", "là", "adalah", "ialah",
	"是", "为", "為", "は", "が", "는", "은", "이", "คือ", "है", "הוא", "هو"}

// beforeCode are the characters between a label and its code.
const beforeCode = " \t\r\n:*\"'=-([«»：＝「『【（［“”–—،\u00a0\u200f\u200e"

// maxLabel bounds the bytes between the start of a label and its code.
const maxLabel = 96

// ForeignCode finds a code of digits after its label in other languages than English: "Ihr
// Bestätigungscode lautet 482913". The digits end the word s[i:j].
func ForeignCode(s string, i, j int) (Span, bool) {
	if s[i] >= utf8.RuneSelf && !ascii.IsDigit(s[j-1]) { // the word may go on after the code
		for ; i < j && !ascii.IsDigit(s[i]); i++ {
		}
		end := i
		for ; end < j && ascii.IsDigit(s[end]); end++ {
		}
		if j = end; i == j {
			return Span{}, false
		}
	}
	for k := j; ; k-- { // the word may begin with the label
		if k == i || !ascii.IsDigit(s[k-1]) {
			i = k
			break
		}
	}
	if j-i < 4 || j-i > 8 || i < 4 || j < len(s) && (s[j] == '.' || s[j] == ',' || s[j] == ':') && j+1 < len(s) && ascii.IsDigit(s[j+1]) {
		return Span{}, false
	}
	before := s[max(0, i-maxLabel):i]
	if c := before[len(before)-1]; ascii.IsAlnum(c) {
		return Span{}, false
	}
	before = strings.TrimRight(before, beforeCode)
	if endsLabel(before) {
		return Span{i, j}, true
	}
	for _, joiner := range &joiners {
		rest, ok := strings.CutSuffix(before, joiner)
		if !ok || rest == "" {
			continue
		}
		label := strings.TrimRight(rest, beforeCode)
		if joiner[0] < utf8.RuneSelf && label == rest {
			continue // the end of another word
		}
		return Span{i, j}, endsLabel(label)
	}
	return Span{i, j}, endsPrompt(before)
}

// promptVerbs stand between the label of a code and the code where a program asks for it: "PIN
// eingeben: 1234". An ASCII one is a word.
var promptVerbs = [...]string{"eingeben", "ein", "an", "here", "below", "invoeren", "in", "ici", "aquí", "aqui", "qui", "girin", "giriniz", "입력", "を入力", "入力",
	"ввести", "zadejte", "inn", "ind"}

// endsPrompt reports whether a text ends with what asks for a code. What is in parentheses at its
// end says more of the code.
func endsPrompt(s string) bool {
	if n := strings.LastIndexByte(s, '('); n > 0 && s[len(s)-1] == ')' {
		s = strings.TrimRight(s[:n], beforeCode)
	}
	for _, verb := range &promptVerbs {
		rest, ok := strings.CutSuffix(s, verb)
		label := strings.TrimRight(rest, beforeCode)
		if !ok || label == "" || verb[0] < utf8.RuneSelf && label == rest {
			continue
		}
		return endsLabel(label) || endsWithPIN(label)
	}
	return false
}

// endsWithPIN reports whether the last word of a text is PIN, or one made of it. What else it may
// be, such as the pin of a chip or an Indian postal code, nobody types at a prompt.
func endsWithPIN(s string) bool {
	k := len(s)
	for k > 0 && (ascii.IsAlnum(s[k-1]) || s[k-1] == '-') {
		k--
	}
	switch strings.ToLower(s[k:]) {
	case "pin", "puk", "tan", "otp", "pincode", "pin-code", "pin-kod", "pinkode", "pin-kode":
		return true
	}
	return false
}

// endsLabel reports whether a text ends with a label.
func endsLabel(s string) bool {
	if s == "" {
		return false
	}
	r, _ := utf8.DecodeLastRuneInString(s)
	var last [utf8.UTFMax]byte
	list := foreignLabels[last[utf8.EncodeRune(last[:], unicode.ToLower(r))-1]]
	if len(list) == 0 {
		return false
	}
	low := strings.ToLower(s)
	for _, label := range list {
		before, ok := strings.CutSuffix(low, label)
		if ok && (before == "" || label[0] >= utf8.RuneSelf || !ascii.IsAlnum(before[len(before)-1])) {
			return true
		}
	}
	return false
}
