package cli

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcpclient"
)

// All output of a command passes Program.Stdout, Program.Stderr or one of the functions below. The
// two streams escape characters that are invisible or that a terminal or a build service would
// interpret. No other file uses Program.direct (see package arch).

// direct are the streams without escapes.
type direct struct{ stdout, stderr io.Writer }

// New returns a program with these streams.
func New(stdin io.Reader, stdout, stderr io.Writer) *Program {
	printed := &checkedWriter{w: stdout}
	return &Program{
		Stdin: stdin, direct: direct{stdout, stderr}, printed: printed,
		Stdout: visible.NewLogWriter(printed), Stderr: visible.NewLogWriter(stderr),
	}
}

// checkedWriter keeps the first error of its writes, for code that prints without checking errors.
type checkedWriter struct {
	w   io.Writer
	mu  sync.Mutex // guards err
	err error
}

func (c *checkedWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.err = cmp.Or(c.err, err)
	}
	return n, err
}

// lost returns the error of the first failed write, or nil if none failed.
func (c *checkedWriter) lost() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		return nil
	}
	return fmt.Errorf("write to stdout: %w", c.err)
}

// WriteFileOut writes a file to stdout. In JSON, escapes keep the meaning. Other files are written
// as they are if a program reads them, with escapes on a terminal and in the log of a service that
// runs builds.
func (p *Program) WriteFileOut(data []byte) error {
	w := p.direct.stdout
	switch {
	case json.Valid(data):
		w = p.JSONOut()
	case mcpclient.IsTerminal(w) || isBuildLog(w):
		w = p.Stdout
	}
	_, err := w.Write(data)
	return err
}

// JSONOut returns a writer of JSON to stdout. Its escapes are those of JSON.
func (p *Program) JSONOut() io.Writer { return visible.NewJSONLogWriter(p.direct.stdout) }

// ReportOut returns a writer to stdout for a format of package report, whose text has no characters
// that act on a terminal.
func (p *Program) ReportOut(format string) io.Writer {
	switch format {
	case "sarif":
		return p.JSONOut()
	case "github":
		return visible.NewAnnotationWriter(p.direct.stdout)
	}
	return p.Stdout
}

// jsonErr is JSONOut for stderr.
func (p *Program) jsonErr() io.Writer { return visible.NewJSONLogWriter(p.direct.stderr) }

// PrintIndentedJSON prints v as indented JSON.
func (p *Program) PrintIndentedJSON(v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := p.JSONOut().Write(b.Bytes())
	return err
}

// AddJSON adds --json, which every command that prints data has (see TestJSONFlags), and
// returns cmd.
func (p *Program) AddJSON(cmd *cobra.Command, usage string) *cobra.Command {
	cmd.Flags().BoolVar(&p.JSON, "json", false, usage)
	return cmd
}

// JSONShort adds --json as a short form of --format json.
func JSONShort(cmd *cobra.Command, format *string) {
	asJSON := cmd.Flags().Bool("json", false, "short for --format json")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *asJSON {
			if cmd.Flags().Changed("format") && *format != "json" {
				return Usagef(cmd, "--json and --format %s exclude each other", *format)
			}
			*format = "json"
		}
		return run(cmd, args)
	}
}

// ExactOut returns stdout without escapes, for a person who asked for raw bytes; MessageOut does so
// for MCP.
func (p *Program) ExactOut() io.Writer { return p.direct.stdout }

// Inherit passes the unescaped streams to a command, as a shell does.
func (p *Program) Inherit(c *exec.Cmd) {
	c.Stdin, c.Stdout, c.Stderr = p.Stdin, p.direct.stdout, p.direct.stderr
}

// Terminal returns stdout if it is a terminal, else nil.
func (p *Program) Terminal() *os.File {
	if !mcpclient.IsTerminal(p.direct.stdout) {
		return nil
	}
	return p.direct.stdout.(*os.File)
}

// Columns returns the width of stdout if it is a terminal, else 0.
func (p *Program) Columns() int { return mcpclient.Columns(p.direct.stdout) }

// noteColumns is columns for stderr.
func (p *Program) noteColumns() int { return mcpclient.Columns(p.direct.stderr) }

// ColourOut returns a writer to stdout that lets the colours of the client pass, if stdout has
// colours.
func (p *Program) ColourOut() (w io.Writer, colour bool) {
	if !mcpclient.HasColour(p.direct.stdout) {
		return p.Stdout, false
	}
	return visible.NewLogWriter(p.direct.stdout, mcpclient.ColourSequences()...), true
}

// StatusLine is a line of a terminal that shows the state of long work.
type StatusLine struct {
	W     io.Writer // nil without a terminal
	shown bool      // the line has text
}

// NewStatusLine returns a line of stderr.
func (p *Program) NewStatusLine() *StatusLine {
	if !mcpclient.IsTerminal(p.direct.stderr) {
		return &StatusLine{}
	}
	return &StatusLine{W: p.direct.stderr}
}

// ClearLine moves the cursor to the beginning of the line and clears it.
const ClearLine = "\r\x1b[K"

// Show replaces the text of the line.
func (l *StatusLine) Show(text string) {
	if l.W != nil {
		io.WriteString(l.W, ClearLine+visible.Line(text))
		l.shown = true
	}
}

// Clear removes the text of the line.
func (l *StatusLine) Clear() {
	if l.shown {
		io.WriteString(l.W, ClearLine)
		l.shown = false
	}
}

// buildServices are the variables by which build services that interpret commands in a log identify
// themselves.
var buildServices = []string{"GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"}

// isBuildLog reports whether a build service may read the output to w, which it does not for a
// regular file.
func isBuildLog(w any) bool {
	if f, ok := w.(*os.File); ok {
		if fi, err := f.Stat(); err == nil && fi.Mode().IsRegular() {
			return false
		}
	}
	return slices.ContainsFunc(buildServices, func(name string) bool { return os.Getenv(name) != "" })
}

// ThisUser names the user of the system, as approvals and the audit do.
func ThisUser() (string, error) {
	u, err := user.Current()
	if err != nil {
		return "", fmt.Errorf("find out who decides: %w", err)
	}
	return approval.User(u.Username), nil
}

// Confirm asks a question on the terminal. Any answer but yes is an error.
func (p *Program) Confirm(question string, yes bool) error {
	if yes {
		return nil
	}
	if !mcpclient.IsTerminal(p.Stdin) {
		return WithHint(errors.New("a person must confirm, and standard input is no terminal"), "--yes")
	}
	fmt.Fprint(p.Stderr, question+" [y/N] ")
	line, err := bufio.NewReader(p.Stdin).ReadString('\n')
	if answer := strings.ToLower(strings.TrimSpace(line)); err != nil || answer != "y" && answer != "yes" {
		return ErrDeclined
	}
	return nil
}

// ErrDeclined is the error of a question that was not answered with yes.
var ErrDeclined = errors.New("nothing was decided")
