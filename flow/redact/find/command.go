package find

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/flow/redact/command"
	"github.com/spectap/spectap/flow/redact/dialog"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/phrase"
	"github.com/spectap/spectap/internal/ascii"
)

// Commands and statements give passwords to programs: mysql -pSECRET, IDENTIFIED BY 'SECRET'.

// findInCommand finds the password that the option s[i:j], or the word echo, gives a program, or
// that the program with the name s[i:j] takes.
func findInCommand(s string, i, j int) (Span, bool) {
	start, end, ok := 0, 0, false
	if s[i] == '-' {
		start, end, ok = command.Password(s, i, j)
	} else {
		start, end, ok = command.Piped(s, i, j)
	}
	if !ok {
		start, end, ok = command.Positional(s, i, j)
	}
	return Span{Start: start, End: end}, ok && !IsHarmless(s[start:end])
}

// findAtWord finds a secret that the word s[i:j] introduces by its position: an option of a
// command, the label of a code in another language, a word of a dialog.
func findAtWord(s string, i, j int) (Span, bool) {
	switch {
	case s[i] == '-':
		return findInCommand(s, i, j)
	case dialog.MayStart(s, i, j):
		sp, ok := dialog.Find(s, i, j)
		if sp, ok := inPhrase(s, sp, ok); ok {
			sp.Basic = equalFold(s[i:j], "basic")
			return sp, true
		}
	}
	if s[i] >= utf8.RuneSelf && j-i >= len("密码") {
		sp, ok := phrase.NamedWord(s, i, j)
		if sp, ok := inPhrase(s, sp, ok); ok {
			return sp, true
		}
	}
	for s[j-1] == '.' && j-1 > i { // of the sentence
		j--
	}
	if mayBeForeignCode(s, i, j) {
		if sp, ok := phrase.ForeignCode(s, i, j); ok {
			return Span{Start: sp.Start, End: sp.End}, true // digits, no placeholder
		}
	}
	return Span{}, false
}

// mayBeForeignCode is a quick check whether the word s[i:j] may have the digits of a code after its
// label in another language.
func mayBeForeignCode(s string, i, j int) bool {
	return s[i] >= 0x80 || i > 0 && ascii.IsDigit(s[i]) && ascii.IsDigit(s[j-1]) && s[i-1] != ':'
}

// phraseLens has, by the first letter of a word, a bit for each length that a word of isPhraseWord
// has.
var phraseLens = func() (t [256]uint32) {
	for _, w := range slices.Concat([]string{"by", "for", "values", "echo", "printf", "yes"}, phrase.Names, command.Positionals) {
		t[w[0]] |= 1 << len(w)
		t[w[0]&^0x20] |= 1 << len(w)
	}
	return t
}()

// mayBePhrase is a quick check whether a word may say what stands after a blank.
func mayBePhrase(s string, i, j int) bool {
	return j-i < 32 && phraseLens[s[i]]>>(j-i)&1 != 0 && isPhraseWord(s[i:j])
}

func isPhraseWord(w string) bool {
	return phrase.IsName(w) || mayEndStatement(w)
}

// inPhrase returns the span that a function of package phrase found, unless it is a placeholder.
func inPhrase(s string, p phrase.Span, ok bool) (Span, bool) {
	return Span{Start: p.Start, End: p.End}, ok && !strings.Contains(s[p.Start:p.End], mark.Prefix)
}

// findBelowHeading finds the value below the heading whose last word is s[i:j].
func findBelowHeading(s string, i, j int) (Span, bool) {
	if !phrase.IsName(s[i:j]) && !names.MayEndSecret(s[i:j]) {
		return Span{}, false
	}
	sp, ok := phrase.Heading(s, i, j)
	if !ok && s[j] == '*' {
		sp, ok = phrase.Bold(s, i, j)
	}
	return inPhrase(s, sp, ok)
}

// mayEndStatement is a quick check whether a word before a blank may stand before the password of a
// statement.
func mayEndStatement(w string) bool {
	return equalFold(w, "values") || w == "echo" || w == "printf" || w == "yes" || equalFold(w, "by") || equalFold(w, "for") || equalFold(w, "password") || equalFold(w, "passwd") ||
		command.IsPositional(w)
}

// findStatement finds the password of a statement of SQL: IDENTIFIED BY 'x', PASSWORD 'x', SET
// PASSWORD FOR y = 'x'. The last word before its quote or blank is s[i:j].
func findStatement(s string, i, j int) (Span, bool) {
	from, quoted := j+1, false
	switch word := s[i:j]; {
	case equalFold(word, "by"):
		if !isIdentified(s, i) {
			return Span{}, false
		}
		for _, w := range [...]string{"password ", "values "} { // its hash
			if n := len(w); len(s) > from+n && equalFold(s[from:from+n], w) {
				from += n
			}
		}
	case equalFold(word, "for"):
		if from = passwordFor(s, i, j); from == 0 {
			return Span{}, false
		}
	case equalFold(word, "password"), equalFold(word, "passwd"):
		quoted = true
	case word == "echo", word == "printf", word == "yes", command.IsPositional(word):
		return findInCommand(s, i, j)
	default:
		return Span{}, false
	}
	if quoted {
		from = skipSQLWords(s, from)
	}
	if n := skipQuote(s, from); n > from {
		sp, ok := OfSecret(s[n:valueEnd(s, n, s[n-1], names.Plain)])
		sp.Start, sp.End = sp.Start+n, sp.End+n
		return sp, ok
	} else if quoted {
		return Span{}, false
	}
	end := lex.IndexFrom(s, from, " \t\r\n\"'`;,)")
	if end == from || strings.IndexByte("?:@%$", s[from]) >= 0 { // a parameter
		return Span{}, false
	}
	return Span{Start: from, End: end}, !IsHarmless(s[from:end])
}

// skipSQLWords skips what statements write between PASSWORD and a string: TO, IN (, E for escapes.
func skipSQLWords(s string, k int) int {
	for _, w := range [...]string{"to ", "in (", "is ", "e'", "n'"} {
		if len(s) >= k+len(w) && strings.EqualFold(s[k:k+len(w)], w) {
			return k + len(strings.TrimRight(w, "'"))
		}
	}
	return k
}

// isIdentified reports whether the word at i, which is BY, follows IDENTIFIED, maybe with the name
// of a plugin.
func isIdentified(s string, i int) bool {
	before := strings.TrimRight(s[max(0, i-names.MaxLen):i], " \t\r\n")
	if hasSuffixFold(before, "identified") {
		return true
	}
	n := strings.LastIndexByte(before, ' ') // the plugin
	return n > 0 && hasSuffixFold(strings.TrimRight(before[:n], " "), "identified with")
}

// hasSuffixFold is [strings.HasSuffix] in any case, for a suffix in small letters.
func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// passwordFor returns where the value of SET PASSWORD FOR user = 'x' starts if the word s[i:j] is
// its FOR, else 0.
func passwordFor(s string, i, j int) int {
	before := strings.TrimRight(s[max(0, i-16):i], " ")
	if !hasSuffixFold(before, "password") {
		return 0
	}
	n := strings.IndexByte(s[j:min(len(s), j+names.MaxLen)], '=')
	if n < 0 {
		return 0
	}
	k := skipSpace(s, j+n+1)
	for end := k; end < len(s) && (ascii.IsLower(s[end]|0x20) || s[end] == '_' || s[end] == '('); end++ {
		if s[end] == '(' { // of PASSWORD('x')
			return end + 1
		}
	}
	return k
}
