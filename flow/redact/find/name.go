package find

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/phrase"
	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/hexdigit"
)

// findNameValue finds the value of a sensitive name in name=value, "name": "value", name: value and
// <name>value</name>. The name is s[i:j]. If there are several values below the name, it sets the
// region.
func (sc *Scanner) findNameValue(i, j int) (Span, bool) {
	s := sc.Text
	if s[j] == ':' && strings.HasPrefix(s[j:], "://") {
		return findUserinfo(s, j+3)
	}
	if sp, ok := findTagValue(s, i, j); ok || ascii.IsDigit(s[i]) || j-i > names.MaxLen {
		return sp, ok
	}
	start, quote, ok := valueAfter(s, i, j)
	if !ok {
		if sp, ok := phrase.Unseparated(s, i, j); ok {
			return inPhrase(s, sp, true)
		}
	}
	if !ok && s[j] != '&' {
		return Span{}, false
	}
	if quote == 0 && ok && s[start] == '(' && phrase.IsLogin(s[i:j]) {
		sp, ok := phrase.Call(s, i, start)
		return inPhrase(s, sp, ok)
	}
	if !ok || quote == 0 && (s[start] == '<' || strings.HasPrefix(s[start:], "&nbsp;")) {
		return findLabelled(s, i, j)
	}
	if quote == '<' && namesNext(s[i:j]) {
		if sp, ok := sc.findValueElement(s[i:j], start); ok || j-i <= len("field") {
			return sp, ok
		}
	}
	return sc.findValueOf(s[i:j], i, j, start, quote)
}

// findValueOf is findNameValue for a name that is written as s[i:j], whose value starts at start.
func (sc *Scanner) findValueOf(name string, i, j, start int, quote byte) (Span, bool) {
	s := sc.Text
	sensitivity := sensitivityBefore(s, name, j)
	if sensitivity <= names.Weak && i > 1 && s[i-1] == ' ' && phrase.EndsName(name) {
		if sp, found, ok := sc.findAfterWords(i, j, start, quote); found {
			return sp, ok
		}
	}
	if sensitivity <= names.Weak && len(name) > 1 {
		if sp, ok := sc.findPair(i, j, start, quote); ok {
			return sp, true
		}
	}
	if sensitivity == names.Plain && sc.YAML && quote == 0 && sc.holdsData(name, i) {
		sc.openYAML(i, start)
	}
	if sp, ok := findPasswordBeside(s, i, j, start); ok {
		return sp, true
	}
	if sensitivity == names.Plain || sensitivity == names.Identifier {
		return findUnderPlain(s, name, i, j, start, quote)
	}
	if s[j] == ':' && start == j+1 && quote == 0 && strings.IndexByte(s[i:j], '.') >= 0 && !strings.HasSuffix(s[:i], "${") {
		return Span{}, false // io.example.token:module, the coordinates of a package
	}
	if sp, ok := findBraced(s, i, start, quote); ok && sensitivity == names.Secret {
		return sp, !mark.IsPair(s[sp.Start:sp.End])
	}
	if sensitivity == names.Secret && sc.openRegion(i, j, start, quote) {
		return Span{}, false
	}
	if quote == 0 && s[start] == '{' {
		n := hashSchemeLen(s[start:])
		if n == 0 || sensitivity != names.Secret {
			return Span{}, false // its members have names of their own
		}
		start += n
	}
	if quote == 0 && s[start] == '[' && mark.Len(s[start:]) == 0 {
		start++ // the whole list is redacted
		quote = ']'
	}
	end := sc.namedEnd(name, i, j, start, quote, sensitivity)
	if sc.isWorn(sensitivity, end-start) {
		return Span{Start: start, End: end}, end > start && !mark.IsPair(s[start:end])
	}
	if sensitivity == names.Secret && !sc.YAML {
		if sp, found, ok := findExpression(s, start, end, quote); found {
			return sp, ok
		}
		if quote == '"' || quote == '\'' {
			end = phrase.Joined(s, end)
		}
	}
	if quote == '<' && end+1 < len(s) && s[end+1] != '/' {
		return Span{}, false // <name> is a variable here
	}
	return findJudged(s, i, j, Span{Start: start, End: end}, name, quote, sensitivity)
}

// findLogin finds the password in the value of a login, which starts at start. A value of
// maxJudgedLen bytes or more is no login. Its end is not looked for, because each name in it would
// read it again.
func findLogin(s string, start int, quote byte, name string) (Span, bool) {
	end := valueEnd(s[:min(len(s), start+maxJudgedLen)], start, quote, names.Plain)
	if end-start == maxJudgedLen {
		return Span{}, false
	}
	from, ok := phrase.OfAccount(name, s[start:end])
	return Span{Start: start + from, End: end}, ok && !mark.IsPair(s[start+from:end])
}

// namedEnd returns the end of the value of the name s[i:j], which starts at start.
func (sc *Scanner) namedEnd(name string, i, j, start int, quote byte, sensitivity names.Sensitivity) int {
	s := sc.Text
	if sensitivity != names.Secret { // longer values are never redacted, and the length bounds the work for each name
		s = s[:min(len(s), start+maxJudgedLen)]
	}
	end := valueEnd(s, start, quote, sensitivity)
	if quote == 0 && strings.HasPrefix(s[start:], "hex") { // bytes in a file of the registry of Windows
		end = hexBytesEnd(s, start)
	}
	if quote == 0 && sensitivity == names.Secret && end < len(s) {
		if end = spacedEnd(s, i, j, end); names.LastWord(name) == "signature" {
			end = signaturesEnd(s, start, end)
		}
	}
	switch {
	case quote != 0 || s[j] != ':':
		return end
	case sc.YAML:
		return yamlValueEnd(s, i, start)
	case equalFold(name, "cookie"), equalFold(name, "set-cookie"):
		return cookiesEnd(s, i, start, end)
	}
	return end
}

// signaturesEnd returns the end of a header with parameters, of which a signature is one, as in
// t=1,v1=x. The first parameter is s[start:end].
func signaturesEnd(s string, start, end int) int {
	if strings.IndexByte(s[start:end], '=') < 0 {
		return end
	}
	for end < len(s) && s[end] == ',' {
		next := valueEnd(s, end+1, 0, names.Plain)
		if strings.IndexByte(s[end+1:next], '=') <= 0 {
			break
		}
		end = next
	}
	return end
}

// hexBytesEnd returns the end of bytes such as hex:68,00 or hex(2):68,00 that start at k, which may
// go on in other lines.
func hexBytesEnd(s string, k int) int {
	end := k + len("hex")
	for end < len(s) && (hexdigit.Is(s[end]) || strings.IndexByte("():,\\ \r\n", s[end]) >= 0) {
		if s[end] == '\n' && s[end-1] != '\\' && s[end-1] != '\r' || s[end] == '\r' && s[end-1] != '\\' {
			break
		}
		end++
	}
	return end
}

// maxSpaced bounds the bytes of a value with blanks, which only a quote before its name shows.
const maxSpaced = 200

// spacedEnd returns the end of a value with blanks: "NAME=two words" with the name in the quotes,
// or two\ words of a shell. The value without them ends at end; its name is s[i:j].
func spacedEnd(s string, i, j, end int) int {
	for end+2 < len(s) && s[end] == '\\' && s[end+1] == ' ' && wordByte[s[end+2]] {
		end = wordEnd(s, end+2)
	}
	if s[min(end, len(s)-1)] != ' ' || i == 0 || s[j] != '=' || s[i-1] != '"' && s[i-1] != '\'' {
		return end
	}
	within := s[end:min(len(s), end+maxSpaced)]
	n := strings.IndexByte(within, s[i-1])
	if n < 0 || strings.ContainsAny(within[:n], "=:\n\\&;") || strings.Contains(within[:n], mark.Prefix) {
		return end
	}
	return end + n
}

// cookiesEnd returns the end of the cookies in a header whose name starts at i and whose value
// starts at start. end is that of the first cookie without quotes.
func cookiesEnd(s string, i, start, end int) int {
	switch {
	case s[i]|0x20 == 's' && end < len(s) && s[end] == '"' && s[end-1] == '=':
		return min(len(s), lex.IndexFrom(s, end+1, "\"\r\n")+1)
	case s[i]|0x20 == 's':
		return end
	case i == 0 || s[i-1] == '\n':
		return lex.IndexFrom(s, start, "\r\n")
	}
	return lex.IndexFrom(s, start, "\r\n\"'`")
}

// equalFold is [strings.EqualFold] for a short text in small letters.
func equalFold(s, lower string) bool { return len(s) == len(lower) && strings.EqualFold(s, lower) }

// maxJudgedLen bounds the values that are classified by their characters, in bytes. Longer values
// are never secrets of that kind.
const maxJudgedLen = 4<<10 + 1

// valueAfter returns the start of the value of the name s[i:j] and the quote before it.
func valueAfter(s string, i, j int) (start int, quote byte, ok bool) {
	k := j
	if i > 0 && (s[i-1] == '<' || s[i-1] == ':' && isElementPrefix(s[max(0, i-32):i])) {
		return elementValue(s, k)
	}
	if strings.HasPrefix(s[j:], ")=(") && i > 0 && s[i-1] == '(' { // of PostgreSQL: Key (token)=(x)
		return j + len(")=("), ')', j+len(")=(") < len(s)
	}
	for s[k] == '*' && k+1 < len(s) { // of Markdown
		k++
	}
	if rest, ok := strings.CutPrefix(s[k:], "?: "); ok { // of TypeScript
		from := len(s) - len(rest)
		n := lex.SkipAnnotation(s, from)
		return n + 1, s[min(n, len(s)-1)], n > from
	}
	if s[j] == ' ' {
		if n := lex.SkipAnnotation(s, j); n > j { // of Go
			return n + 1, s[n], true
		}
	}
	k = skipBrackets(s, lex.SkipVisibility(s, skipQuote(s, k)))
	k = lex.SkipComments(s, k)
	if strings.HasPrefix(s[k:], "est :") || strings.HasPrefix(s[k:], "lautet:") { // mot de passe est : x
		k += strings.IndexByte(s[k:], ':')
	}
	if n := lex.SkipEscapedEquals(s, k); n > k {
		return n, '%', n < len(s)
	}
	if k+1 < len(s) && s[k] == '-' && s[k+1] == '>' {
		k++
	} else if strings.HasPrefix(s[k:], "<- ") { // of R
		k = skipQuote(s, k+len("<- "))
		return k, s[k-1], lex.IsQuote(s[k-1]) && k < len(s)
	}
	if n := wideSeparatorLen(s, k); n > 0 {
		k = skipQuote(s, skipSpace(s, k+n))
		return k, 0, k < len(s)
	}
	if k >= len(s) || s[k] != '=' && s[k] != ':' && s[k] != '>' || s[k] == '>' && s[k-1] != '-' {
		return 0, 0, false
	}
	return valueAfterSign(s, k)
}

// valueAfterSign returns the start of the value after the colon or equals sign at k, and the quote
// before it.
func valueAfterSign(s string, k int) (start int, quote byte, ok bool) {
	sep := s[k]
	k++
	for n := 0; n < 2 && k < len(s) && (s[k] == '=' || n == 0 && (s[k] == ':' || sep == '=' && s[k] == '>')); n++ { // ==, ===, ::, :=, =>
		k++
	}
	if sep == ':' {
		k = skipEmphasis(s, k)
	}
	k = lex.SkipContinuation(s, k)
	if sep == ':' {
		k = lex.SkipAnnotation(s, k)
	}
	k = lex.SkipOpening(s, lex.SkipType(s, lex.SkipComments(s, k)))
	if k+1 < len(s) && (ascii.IsLower(s[k]|0x20) || s[k] == '@') && (s[k+1] == '\'' || s[k+1] == '"') {
		k++ // N'…' of SQL, b"…" of Python
	}
	if k < len(s) {
		if n := skipQuote(s, k); n > k {
			if strings.HasPrefix(s[k:], `"""`) || strings.HasPrefix(s[k:], "'''") {
				n = k + 3
			}
			return n, s[n-1], true
		}
	}
	return k, 0, k < len(s)
}

// skipEmphasis skips the end of an emphasis of Markdown and a blank at k: **Password:** x.
func skipEmphasis(s string, k int) int {
	n := k
	for n < len(s) && n < k+2 && (s[n] == '*' || s[n] == '_') && s[n] == s[k] {
		n++
	}
	if n > k && n < len(s) && s[n] == ' ' {
		return n + 1
	}
	return k
}

// isElementPrefix reports whether a text ends with the start of a tag and the prefix of its name.
func isElementPrefix(before string) bool {
	open := strings.LastIndexByte(before, '<')
	return open >= 0 && strings.IndexByte(before[open:], ' ') < 0
}

// elementValue returns where the content of an XML element starts, which may have attributes. Its
// name ends at k.
func elementValue(s string, k int) (start int, quote byte, ok bool) {
	gt := strings.IndexByte(s[k:min(len(s), k+300)], '>')
	if gt < 0 || gt > 0 && s[k+gt-1] == '/' || s[k] != '>' && s[k] != ' ' {
		return 0, 0, false
	}
	k += gt + 1
	for strings.HasPrefix(s[k:], "<!--") {
		end := strings.Index(s[k:min(len(s), k+maxTagLen)], "-->")
		if end < 0 {
			break
		}
		k += end + len("-->")
	}
	if strings.HasPrefix(s[k:], cdata) {
		return k + len(cdata), ']', true
	}
	return k, '<', true
}

// skipQuote skips a quote, which may be escaped.
func skipQuote(s string, k int) int {
	if strings.HasPrefix(s[k:], "&quot;") {
		return k + len("&quot;")
	}
	n := k
	for n < len(s) && s[n] == '\\' {
		n++
	}
	if n < len(s) && (s[n] == '"' || s[n] == '\'' || s[n] == '`') {
		return n + 1
	}
	return k
}

// valueEnd returns the end of a value that starts at k.
func valueEnd(s string, k int, quote byte, sensitivity names.Sensitivity) int {
	switch quote {
	case ';': // of &quot;
		return lex.IndexFrom(s, k, "&<>\"")
	case '%':
		return lex.EscapedValueEnd(s, k)
	}
	if quote != 0 {
		for e := k; e < len(s); e++ {
			if s[e] == '[' && quote == ']' {
				if n := mark.Len(s[e:]); n > 0 {
					e += n - 1
					continue
				}
			}
			if quote == '\'' && e > k && strings.HasPrefix(s[e:], "''") {
				e++ // a doubled quote stands for one
				continue
			}
			if s[e] == quote && (e == k || s[e-1] != '\\' || quote == '<') {
				return e
			}
			if s[e] == '\\' && e+1 < len(s) && s[e+1] == quote && k >= 2 && s[k-2] == '\\' {
				return e // the opening quote was escaped, too
			}
		}
		return len(s)
	}
	stop := " \t\r\n&;,\"'`<>(){}|\\"
	if n := form.SchemeLen(s[k:]); sensitivity == names.Secret && n > 0 {
		if e := lex.ParametersEnd(s, k+n); e > k+n {
			return e
		}
		stop = "\r\n&;\"'`<>{}|\\" // the rest of the line
	}
	if form.IsPrivatePEM(s[k:]) {
		end, _ := form.PEMBlock(s, k)
		return end
	}
	e := k
	for e < len(s) && strings.IndexByte(stop, s[e]) < 0 {
		e++
	}
	return e
}
