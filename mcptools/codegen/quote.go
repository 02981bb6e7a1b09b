package codegen

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/spectap/spectap/mcptools/view"
)

// The quote functions write string literals. They write invisible characters as escapes.

func quotePython(s string) string {
	return quoteWith(s, `\x%02x`, func(b *strings.Builder, r rune) {
		if r > 0xffff {
			fmt.Fprintf(b, `\U%08x`, r)
		} else {
			fmt.Fprintf(b, `\u%04x`, r)
		}
	})
}

func quoteJavaScript(s string) string {
	return quoteWith(s, `\u00%02x`, func(b *strings.Builder, r rune) {
		for _, u := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(b, `\u%04x`, u)
		}
	})
}

// quoteWith writes s in double quotes. byteFormat is the escape for a byte that is not UTF-8; the
// languages convert it back to that byte in a header.
func quoteWith(s, byteFormat string, escape func(*strings.Builder, rune)) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, byteFormat, s[i])
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case view.IsHidden(r):
			escape(&b, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// quoteShell writes one word of a POSIX shell. A shell interprets nothing in single quotes except
// the closing one.
func quoteShell(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !isShellSafe(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// isShellSafe reports whether a character needs no quotes in a shell.
func isShellSafe(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@%+=,", r)
}

// shell writes one word: literal text in single quotes, variables in a format with double quotes.
func (t template) shell(format string) string { return t.expression(quoteShellVisible, format, "") }

// quoteShellVisible is quoteShell with invisible characters written as octal escapes of printf.
func quoteShellVisible(s string) string {
	var b strings.Builder
	start := 0 // of the text that is not written yet
	flush := func(end int) {
		if end > start {
			b.WriteString(quoteShell(s[start:end]))
		}
	}
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || view.IsHidden(r) {
			flush(i)
			b.WriteString(`"$(printf '`)
			for _, c := range []byte(s[i : i+n]) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
			b.WriteString(`')"`)
			start = i + n
		}
		i += n
	}
	if flush(len(s)); s == "" {
		return "''"
	}
	return b.String()
}
