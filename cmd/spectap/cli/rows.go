package cli

import (
	"fmt"
	"io"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/text/width"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/address"
	"github.com/spectap/spectap/internal/visible"
)

// Rows prints the rows of a list. On a terminal they fit its width; output to programs is never
// shortened.
type Rows struct {
	W       io.Writer
	Columns int // of the terminal, 0 for none
}

// NewRows returns a printer of rows to stdout.
func (p *Program) NewRows() *Rows { return &Rows{p.Stdout, p.Columns()} }

// Say prints a line about the work to stderr. On a terminal it continues on indented lines.
func (p *Program) Say(format string, args ...any) error {
	list := &Rows{p.Stderr, p.noteColumns()}
	return list.Text(fmt.Sprintf(format, args...))
}

// SayTry prints a hint to stderr, without the passwords of URLs.
func (p *Program) SayTry(format string, args ...any) {
	fmt.Fprintf(p.Stderr, "try: %s\n", egress.WithoutUsers(p.Copyable(fmt.Sprintf(format, args...))))
}

// Narrow reports whether the terminal has too few columns for cells that a reader can do without.
func (r *Rows) Narrow() bool { return r.Columns > 0 && r.Columns < 100 }

// minLast is the minimal width of the last cell. A row whose last cell would be narrower wraps
// instead.
const minLast = 12

// Print prints a row whose last cell is shortened in its middle if the row does not fit.
func (r *Rows) Print(cells, last string) error {
	last = visible.Line(last)
	if r.Columns > 0 {
		last = middle(last, max(r.Columns-TextWidth(cells), minLast))
	}
	_, err := fmt.Fprintf(r.W, "%s%s\n", cells, last)
	return err
}

// Text prints a row of words, which continues on indented lines. It shortens nothing.
func (r *Rows) Text(row string) error { return r.Lines(visible.Line(row)) }

// Lines prints a text of several lines. Each continues on lines with its own indent and four spaces
// more. It shortens nothing.
func (r *Rows) Lines(text string) error {
	for line := range strings.Lines(text) {
		line = visible.Line(strings.TrimSuffix(line, "\n"))
		if r.Columns > 0 {
			indent := len(line) - len(strings.TrimLeft(line, " "))
			line = wrapped(line, strings.Repeat(" ", indent+4), r.Columns)
		}
		if _, err := fmt.Fprintln(r.W, line); err != nil {
			return err
		}
	}
	return nil
}

// PrintList prints rows as JSON with --json, and otherwise calls line for each. For an empty list
// it prints the text none on stderr, unless that is "".
func PrintList[T any](p *Program, rows []T, none string, line func(*Rows, *T) error) error {
	if p.JSON {
		return p.PrintIndentedJSON(append([]T{}, rows...))
	}
	list := p.NewRows()
	for i := range rows {
		if err := line(list, &rows[i]); err != nil {
			return err
		}
	}
	if len(rows) == 0 && none != "" {
		return p.Say("%s", none)
	}
	return nil
}

// Minute and Second format a time, without its year if the terminal is narrow.
func (r *Rows) Minute(t time.Time) string { return r.time(t, "2006-01-02 15:04") }
func (r *Rows) Second(t time.Time) string { return r.time(t, "2006-01-02 15:04:05") }

func (r *Rows) time(t time.Time, form string) string {
	if r.Narrow() {
		form = strings.TrimPrefix(form, "2006-")
	}
	return t.Local().Format(form)
}

// TextWidth returns the columns that a terminal shows a text in, of one line.
func TextWidth(s string) (n int) {
	for _, c := range s {
		n += runeWidth(c)
	}
	return n
}

func runeWidth(c rune) int {
	switch width.LookupRune(c).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// middle shortens a text to at most some columns, and keeps both its ends.
func middle(s string, columns int) string {
	if TextWidth(s) <= columns {
		return s
	}
	r := []rune(s)
	left, right := 0, len(r)
	for room := columns - 1; left < right; { // 1 for the ellipsis
		c := r[left]
		fromEnd := left >= len(r)-right+1
		if fromEnd {
			c = r[right-1]
		}
		if room -= runeWidth(c); room < 0 {
			break
		}
		if fromEnd {
			right--
		} else {
			left++
		}
	}
	return string(r[:left]) + "…" + string(r[right:])
}

// QuoteArg quotes an argument for a shell, if it needs quotes.
func QuoteArg(s string) string {
	for _, c := range s {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			strings.ContainsRune(`/._-~:\`, c)) {
			return ShellQuote(s)
		}
	}
	return s
}

// IsURL reports whether a text begins as an http or https URL does.
func IsURL(s string) bool { return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") }

// MeantURL returns the URL of a server that has no scheme, such as localhost:8080, or "".
func MeantURL(s string) string {
	u, err := url.Parse("http://" + s)
	if err != nil || u.Host == "" || strings.Contains(s, "://") {
		return ""
	}
	if !address.IsLoopback(u.Hostname()) {
		u.Scheme = "https"
	}
	return egress.WithoutUser(u.String())
}

// QuoteArgs quotes a command line for a shell.
func QuoteArgs(args []string) string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = QuoteArg(a)
	}
	return strings.Join(out, " ")
}

// Plural returns a number and a noun with its plural form, such as "2 entries".
func Plural(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case strings.HasSuffix(what, "y") && !strings.HasSuffix(what, "ey"):
		return fmt.Sprintf("%d %sies", n, what[:len(what)-1])
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// ShellQuote quotes one argument for a shell. Control and invisible characters become escape
// sequences, so that they have no effect on a terminal.
func ShellQuote(s string) string {
	if visible.Log(s) == s && !strings.ContainsAny(s, "\n\t") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for _, c := range []byte(s) {
		switch {
		case c == '\\' || c == '\'':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < ' ' || c >= 0x7f || c == '[': // "##[" may be a command to what reads the output
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteString("'")
	return b.String()
}

// ShortSize formats a number of bytes in at most six characters, as [flow.Size] does.
func ShortSize(n int64) string {
	return strings.TrimSuffix(strings.Replace(flow.Size(n), " ", "", 1), "B")
}

// OneOf lists alternatives: a, b or c.
func OneOf(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// CompactFormat is a format of export that no command can read.
const CompactFormat = "compact"

// Version returns the version of the module, or the commit of the build.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "(devel) " + s.Value
		}
	}
	return "(devel)"
}

// ShownCommand returns a command in shell syntax, without secrets.
func ShownCommand(red *redact.Redactor, args []string) string { return red.Text(QuoteArgs(args)) }
