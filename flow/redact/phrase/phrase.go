// Package phrase finds secrets after the words that name them: in sentences ("your password is x"),
// beside the labels of codes that people type ("482913 is your login code"), and as arguments of
// calls in programs (setPassword("x")).
//
// Its functions take a text and the position of a word in it. They return where the secret is; it
// may be a placeholder, which the caller keeps.
//
// It may import flow/redact/form, flow/redact/lex, flow/redact/mark, flow/redact/names,
// internal/ascii, internal/hexdigit and internal/lazyregexp. Read phrase.go first, then code.go
// (codes that people type), languages.go (their labels in other languages), account.go (names with
// a password beside them), call.go and expression.go (programs), passfile.go (lists of accounts)
// and serialized.go.
package phrase

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// Span is a piece of a text.
type Span struct{ Start, End int }

// In returns the part of the text.
func (p Span) In(s string) string { return s[p.Start:p.End] }

// Names are the words that name a secret after them, in small letters.
var Names = []string{"bearer", "code", "codes", "otp", "pin", "cvv", "cvc", "puk", "key", "token", "secret", "password",
	"passwd", "passcode", "passphrase"}

// IsName reports whether a word is one of [Names].
func IsName(w string) bool {
	if len(w) < 3 || len(w) > 10 {
		return false
	}
	var low [10]byte
	for i := range len(w) {
		low[i] = w[i] | 0x20 // exact enough: the names consist of letters only
	}
	switch string(low[:len(w)]) {
	case "bearer", "code", "codes", "otp", "pin", "cvv", "cvc", "puk", "key", "token", "secret", "password", "passwd", "passcode",
		"passphrase":
		return true
	}
	return false
}

// Start returns the start of a phrase of up to three words whose last word starts at i.
func Start(s string, i int) int {
	for range 2 {
		k := i - 1
		if k < 1 || s[k] != ' ' {
			break
		}
		for k > 0 && i-k < 32 && (ascii.IsAlnum(s[k-1]) || s[k-1] == '-' || s[k-1] >= 0x80) {
			k--
		}
		if k == i-1 {
			break
		}
		i = k
	}
	return i
}

// verbs stand between the name of a secret and the secret in a sentence.
var verbs = [...]string{"is: ", "est : ", "è: ", "è : ", "is now: ", "is now ", "is set to ", "is generated: ", "was generated: ", "set to ", "reset to ", "changed to ", "changed from ", "is ", "= ", ": ", "provided: ", "given: ", "has been set to ", "has been reset to ",
	"has been changed to ", "was set to ", "was reset to ", "was changed to ", "created: ", "generated: ", "created successfully: ",
	"has been created: ", "has been generated: ", "now: ", "number is ", "number: ", "- ", "— ", "– ", "→ ", "⇒ "}

// statements is how many of the verbs say what a secret is. After the others, numbers and dates are
// none.
const statements = 24

// Find finds values with only a blank between them and their names: "Bearer abc123",
// "password abc123" as in .netrc, "your verification code is 482913". The name is s[i:j].
func Find(s string, i, j int) (Span, bool) {
	word := s[i:j]
	if sp, ok := alignedCell(s, i, j); ok {
		return sp, true
	}
	if !IsName(word) {
		if !names.MayEndSecret(word) || names.SensitivityOf(word) != names.Secret {
			return Span{}, false
		}
		if sp, ok := NamedWord(s, i, j); ok && !strings.ContainsAny(word, "_.-") {
			return sp, true
		}
		return findSetting(s, i, j)
	}
	if sp, ok := Code(s, i, j); ok {
		return sp, true
	}
	if sp, ok := netrc(s, i, j); ok {
		return sp, true
	}
	low := strings.ToLower(word)
	if low == "key" && names.SensitivityOf(s[Start(s, i):j]) != names.Secret {
		return typedKey(s, j)
	}
	from, least, said := afterVerb(s, j, low)
	if at := lineAfterColon(s, j); at > 0 {
		if end := wordEnd(s, at); end-at >= 8 && form.IsMixed(s[at:end]) && endsLine(s, end) {
			return Span{at, end}, true
		}
	}
	if at := lex.SkipQuote(s, from); at > from && (isChosenWord(low) && (said || from > j+1) || low == "secret") {
		end := quoteEnd(s[:min(len(s), at+names.MaxLen)], at, s[at-1])
		if end < len(s) && s[end] == s[at-1] && (low == "secret" && isQuotedKey(s, at, end) || low != "secret" && end-at >= 6 && isWordArgument(s[at:end])) {
			return Span{at, end}, true
		}
	}
	from = lex.SkipQuote(s, from)
	end := wordEnd(s, from)
	if said && end > from && form.Count(s[from:end]).Digit == end-from && strings.HasPrefix(s[end:], " ") {
		// The code may be written in two groups.
		next := wordEnd(s, end+1)
		group := strings.TrimRight(s[end+1:next], ".")
		if len(group) > 1 && ascii.AllDigits(group) {
			end = next
		}
	}
	value := strings.TrimRight(s[from:end], ".")
	if len(value) < least || strings.HasPrefix(s[end:], "(") { // the name of a function
		return Span{}, false
	}
	if c := form.Count(value); c.Digit == 0 || low == "code" || low == "codes" ||
		(!said || low == "key") && (c.Upper+c.Lower == 0 || low == "pin" || low == "otp" || low == "secret") {
		return Span{}, false
	}
	if said && strings.HasSuffix(s[:from], "changed from ") && strings.HasPrefix(s[end:], " to ") { // and the new one
		return Span{from, max(end, wordEnd(s, end+len(" to ")))}, true
	}
	return Span{from, from + len(value)}, true
}

// netrc finds the password of an entry in a file of the machines that programs sign in to: machine
// host login ann password x. Words may stand on lines of their own. The word password is s[i:j].
func netrc(s string, i, j int) (Span, bool) {
	if s[i:j] != "password" || j >= len(s) || s[j] > ' ' {
		return Span{}, false
	}
	before := strings.Fields(s[max(0, i-300):i])
	n := len(before)
	if n < 3 || before[n-2] != "login" || before[n-3] != "default" && (n < 4 || before[n-4] != "machine") {
		return Span{}, false
	}
	from := j
	for from < len(s) && s[from] <= ' ' {
		from++
	}
	end := from
	for end < len(s) && s[end] > ' ' {
		end++
	}
	return Span{from, end}, end > from
}

// isQuotedKey reports whether the string in quotes at s[from:end], after a word that names it and
// a blank, ends a statement of a configuration: secret "x";.
func isQuotedKey(s string, from, end int) bool {
	return end-from >= 6 && form.IsMixed(s[from:end]) && (end+1 >= len(s) || strings.IndexByte(";),\r\n", s[end+1]) >= 0)
}

// afterVerb returns where the value after the name that ends at j starts, the least length it must
// have, and whether the text says that it is one. low is the name in small letters.
func afterVerb(s string, j int, low string) (from, least int, said bool) {
	from, least = j+1, 6
	for n, verb := range &verbs {
		if strings.HasPrefix(s[from:], verb) {
			if from += len(verb); n < statements {
				least, said = 4, true
			}
			break
		}
	}
	if n := dotsAfter(s, j); n > 0 { // Password ..... abc123
		from = j + n
	}
	purpose := j
	for _, verb := range [...]string{" is generated", " generated", " was generated", " created"} {
		if strings.HasPrefix(s[j:], verb) {
			purpose = j + len(verb)
		}
	}
	if at := skipPurpose(s, purpose); at > purpose { // password for joe: abc123
		for _, verb := range [...]string{": ", " is "} {
			if strings.HasPrefix(s[at:], verb) {
				from = at + len(verb)
			}
		}
	}
	if low == "password" || low == "secret" || low == "key" { // password 7 SECRET, of routers
		if k := j + 1; !said && k+2 < len(s) && ascii.IsDigit(s[k]) && s[k+1] == ' ' {
			from, said = k+2, low == "secret" && endsLine(s, wordEnd(s, k+2))
		}
	}
	return from, least, said
}

// typedKey finds a key at the end of a line, with a digit before it that says how it is encrypted,
// as in configurations of routers: key 7 x. The word key ends at j.
func typedKey(s string, j int) (Span, bool) {
	k := j + 1
	if k+2 >= len(s) || !ascii.IsDigit(s[k]) || s[k+1] != ' ' {
		return Span{}, false
	}
	end := wordEnd(s, k+2)
	return Span{k + 2, end}, end-k >= 10 && form.IsMixed(s[k+2:end]) && endsLine(s, end)
}

// dotsAfter returns the length of the dots that lead to the value in a list after the name that
// ends at k, with the blanks around them, or 0.
func dotsAfter(s string, k int) int {
	rest := strings.TrimLeft(s[k:], " ")
	value := strings.TrimLeft(rest, ".")
	if len(rest)-len(value) < 3 || !strings.HasPrefix(value, " ") {
		return 0
	}
	return len(s) - k - len(strings.TrimLeft(value, " "))
}

// isChosenWord reports whether a word names a secret that people choose and may write in quotes.
func isChosenWord(w string) bool {
	return w == "password" || w == "passwd" || w == "passphrase" || w == "passcode"
}

// maxInstruction bounds the words after a label that tell what to do with the value on the next
// line.
const maxInstruction = 64

// lineAfterColon returns the start of the next line with text, if the line of k ends with a colon
// and has a few words after k, else 0.
func lineAfterColon(s string, k int) int {
	n := strings.IndexAny(s[k:min(len(s), k+maxInstruction)], "\r\n")
	if n < 2 || s[k+n-1] != ':' || strings.ContainsAny(s[k:k+n-1], ":={}\"<") {
		return 0
	}
	return skipSpace(s, k+n)
}

func endsLine(s string, k int) bool { return k == len(s) || s[k] == '\n' || s[k] == '\r' }

// EndsName reports whether a word may be the last of the name of a secret in prose, but says
// nothing alone.
func EndsName(w string) bool {
	switch len(w) {
	case 2, 3, 4, 5, 6:
		switch strings.ToLower(w) {
		case "key", "passe", "phrase", "answer", "id", "khẩu", "seed":
			return true
		}
	}
	return false
}

// Value finds the value of a name of several words in prose: "API key: abc123". The last of them is
// s[i:j]; the value is s[start:end].
func Value(s string, i, j, start, end int) (Span, bool) {
	if names.SensitivityOf(s[Start(s, i):j]) != names.Secret {
		return Span{}, false
	}
	end = groupsEnd(s, start, end)
	c := form.Count(s[start:end])
	if last := s[i:j]; strings.EqualFold(last, "passe") || last == "khẩu" {
		return Span{start, end}, end-start >= 6 && isWordArgument(s[start:end])
	}
	return Span{start, end}, end-start >= 6 && end-start <= names.MaxLen && c.Digit > 0 && c.Upper+c.Lower > 0
}

// groupsEnd returns the end of a key that is written in groups of four letters and digits, the
// first of which is s[start:end]. There are three at least.
func groupsEnd(s string, start, end int) int {
	const group = 4
	last := end
	for n := 1; end-start == group || n > 1; n++ {
		if n > 2 {
			last = end
		}
		next := end + 1 + group
		if end == len(s) || s[end] != ' ' || next > len(s) || accountEnd(s[:next], end+1) < next || next < len(s) && ascii.IsAlnum(s[next]) {
			break
		}
		end = next
	}
	return last
}

// findSetting finds the value after a blank that a name of several words has, as in ENV DB_PASSWORD
// abc123. The name is s[i:j].
func findSetting(s string, i, j int) (Span, bool) {
	name := s[i:j]
	if names.LastWord(name) == strings.ToLower(name) {
		return Span{}, false
	}
	from := lex.SkipQuote(s, j+1)
	end := wordEnd(s, from)
	if isDirective(s, i, j, from, end) {
		return Span{from, end}, true
	}
	if !strings.ContainsAny(name, "_.-") && !isLineOfWords(s, i) {
		return Span{}, false
	}
	if c := form.Count(s[from:end]); c.Other > 0 && strings.IndexByte(name, '-') >= 0 && !strings.ContainsAny(name, "_.") && from == j+1 {
		return Span{}, false // prose: a pre-shared-key RFC-9257 tells of
	}
	c := form.Count(s[from:end])
	return Span{from, end}, end-from >= 6 && c.Digit > 0 && c.Upper+c.Lower > 0 && (end == len(s) || s[end] != '=')
}

// isDirective reports whether the name s[i:j] is that of a directive of a configuration and the
// word s[from:end] its value, although it may be a word of letters: the name has capitals, dots or
// dashes, and one word at most stands before it in its line. In quotes, the name need not.
func isDirective(s string, i, j, from, end int) bool {
	name, value := s[i:j], s[from:end]
	if end-from < 6 || !isWordArgument(value) || names.IsTypeWord(value) || strings.IndexByte("-(<[=&|", value[0]) >= 0 || !isLineOfWords(s, i) {
		return false
	}
	if from > j+1 { // in quotes
		return end < len(s) && s[end] == s[from-1]
	}
	if !endsLine(s, min(len(s), len(s)-len(strings.TrimLeft(s[end:], " ;")))) || strings.ContainsAny(value, "*[]") {
		return false
	}
	c := form.Count(name)
	if !strings.ContainsAny(name, "_.") && c.Upper == 0 && form.Count(value).Lower < len(value) {
		return false // prose: the pre-shared-key RFC-9257
	}
	if c.Upper > 0 && c.Lower == 0 { // DB_PASSWORD
		return true
	}
	return (ascii.IsUpper(name[0]) || strings.ContainsAny(name, ".-")) && names.IsChosen(name) && !endsWithArticle(s[:i])
}

// endsWithArticle reports whether a text ends with an article, which no configuration has.
func endsWithArticle(s string) bool {
	for _, article := range [...]string{"a ", "an ", "the ", "The ", "A ", "your ", "no "} {
		if before, ok := strings.CutSuffix(s, article); ok && (before == "" || !ascii.IsAlnum(before[len(before)-1])) {
			return true
		}
	}
	return false
}

// isLineOfWords reports whether a line has at most three words before i.
func isLineOfWords(s string, i int) bool {
	before := s[max(0, i-names.MaxLen):i]
	before = before[strings.LastIndexAny(before, "\r\n;|")+1:]
	if len(before) == names.MaxLen || strings.ContainsAny(before, "\"'`,({<>:=") {
		return false
	}
	words := 0
	for range strings.FieldsSeq(before) {
		words++
	}
	return words < 3
}

// maxGap bounds the blanks between the columns of a table, in bytes.
const maxGap = 60

// alignedCell finds the value of the name s[i:j] in a table of two columns with blanks between
// them, as programs print it.
func alignedCell(s string, i, j int) (Span, bool) {
	if !strings.HasPrefix(s[j:], "  ") || i > 0 && s[i-1] != '\n' || names.SensitivityOf(s[i:j]) != names.Secret {
		return Span{}, false
	}
	from := j
	for from < len(s) && from < j+maxGap && s[from] == ' ' {
		from++
	}
	end := wordEnd(s, from)
	c := form.Count(s[from:end])
	return Span{from, end}, end-from >= 6 && c.Digit > 0 && c.Upper+c.Lower > 0 && (end == len(s) || s[end] == '\n' || s[end] == '\r')
}

// wordEnd returns the end of a word that is a value.
func wordEnd(s string, k int) int {
	for k < len(s) && s[k] > ' ' && strings.IndexByte("\"&'(),:;<>[\\]`{|}\x7f", s[k]) < 0 {
		k++
	}
	return k
}

// skipSpace returns the first index at or after k that is not white space.
func skipSpace(s string, k int) int {
	for k < len(s) && lex.IsBlank(s[k]) {
		k++
	}
	return k
}
