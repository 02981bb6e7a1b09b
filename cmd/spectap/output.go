package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcpclient"
)

// Everything that a command prints passes program.stdout or program.stderr, which escape what acts
// on a terminal or a service that runs builds, or does not show, or one of the functions below. No
// other file uses program.direct (see package arch).

// direct are the streams without escapes.
type direct struct{ stdout, stderr io.Writer }

// newProgram returns a program with these streams.
func newProgram(stdin io.Reader, stdout, stderr io.Writer) *program {
	printed := &checkedWriter{w: stdout}
	return &program{
		stdin: stdin, direct: direct{stdout, stderr}, printed: printed,
		stdout: visible.NewLogWriter(printed), stderr: visible.NewLogWriter(stderr),
	}
}

// checkedWriter keeps the first error of its writes, for code that prints and does not look.
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

// lost returns the error of a write that failed, nil if none did.
func (c *checkedWriter) lost() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		return nil
	}
	return fmt.Errorf("write to stdout: %w", c.err)
}

// writeFileOut writes a file to stdout. JSON has escapes that mean the same. Other files are
// written as they are if a program reads them, with escapes on a terminal and in the log of a
// service that runs builds.
func (p *program) writeFileOut(data []byte) error {
	w := p.direct.stdout
	switch {
	case json.Valid(data):
		w = p.jsonOut()
	case isTerminal(w) || isBuildLog(w):
		w = p.stdout
	}
	_, err := w.Write(data)
	return err
}

// jsonOut returns a writer of JSON to stdout. Its escapes are those of JSON.
func (p *program) jsonOut() io.Writer { return visible.NewJSONLogWriter(p.direct.stdout) }

// reportOut returns a writer to stdout for a format of package report, whose text has no characters
// that act on a terminal.
func (p *program) reportOut(format string) io.Writer {
	switch format {
	case "sarif":
		return p.jsonOut()
	case "github":
		return visible.NewAnnotationWriter(p.direct.stdout)
	}
	return p.stdout
}

// jsonErr returns a writer of JSON to stderr. Its escapes are those of JSON.
func (p *program) jsonErr() io.Writer { return visible.NewJSONLogWriter(p.direct.stderr) }

// printIndentedJSON prints v as indented JSON.
func (p *program) printIndentedJSON(v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := p.jsonOut().Write(b.Bytes())
	return err
}

// addJSON adds --json, which every command that prints data has (see TestJSONFlags).
func addJSON(cmd *cobra.Command, asJSON *bool) {
	cmd.Flags().BoolVar(asJSON, "json", false, "print JSON")
}

// jsonShort adds --json as a short form of --format json.
func jsonShort(cmd *cobra.Command, format *string) {
	asJSON := cmd.Flags().Bool("json", false, "short for --format json")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *asJSON {
			if cmd.Flags().Changed("format") && *format != "json" {
				return usagef(cmd, "--json and --format %s exclude each other", *format)
			}
			*format = "json"
		}
		return run(cmd, args)
	}
}

// exactOut returns stdout without escapes, for a person who asked for raw bytes; messageOut does so
// for MCP.
func (p *program) exactOut() io.Writer { return p.direct.stdout }

// inherit gives the streams to a command, as a shell does.
func (p *program) inherit(c *exec.Cmd) {
	c.Stdin, c.Stdout, c.Stderr = p.stdin, p.direct.stdout, p.direct.stderr
}

// terminal returns stdout if it is a terminal, else nil.
func (p *program) terminal() *os.File {
	if !mcpclient.IsTerminal(p.direct.stdout) {
		return nil
	}
	return p.direct.stdout.(*os.File)
}

// columns returns the width of stdout if it is a terminal, else 0.
func (p *program) columns() int { return mcpclient.Columns(p.direct.stdout) }

// noteColumns is columns for stderr.
func (p *program) noteColumns() int { return mcpclient.Columns(p.direct.stderr) }

// colourOut returns a writer to stdout that lets the colours of the client pass, if stdout has
// colours.
func (p *program) colourOut() (w io.Writer, colour bool) {
	if !mcpclient.HasColour(p.direct.stdout) {
		return p.stdout, false
	}
	return visible.NewLogWriter(p.direct.stdout, mcpclient.ColourSequences()...), true
}

// statusLine is a line of a terminal that shows the state of long work.
type statusLine struct {
	w     io.Writer // nil without a terminal
	shown bool      // the line has text
}

// newStatusLine returns a line of stderr.
func (p *program) newStatusLine() *statusLine {
	if !isTerminal(p.direct.stderr) {
		return &statusLine{}
	}
	return &statusLine{w: p.direct.stderr}
}

// clearLine moves the cursor to the beginning of the line and clears it.
const clearLine = "\r\x1b[K"

// show replaces the text of the line.
func (l *statusLine) show(text string) {
	if l.w != nil {
		io.WriteString(l.w, clearLine+visible.Line(text))
		l.shown = true
	}
}

// clear removes the text of the line.
func (l *statusLine) clear() {
	if l.shown {
		io.WriteString(l.w, clearLine)
		l.shown = false
	}
}

// isTerminal reports whether file is a terminal, or another character device but the null device.
func isTerminal(file any) bool {
	f, ok := file.(*os.File)
	if !ok {
		return false
	}
	fi, err := f.Stat()
	if err != nil || fi.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull) // also under the name /dev/stdin
	return err != nil || !os.SameFile(fi, null)
}

// buildServices are the variables that services set which obey commands in what a build prints.
var buildServices = []string{"GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"}

// isBuildLog reports whether a service may read what is written to w: not a regular file.
func isBuildLog(w any) bool {
	if f, ok := w.(*os.File); ok {
		if fi, err := f.Stat(); err == nil && fi.Mode().IsRegular() {
			return false
		}
	}
	return slices.ContainsFunc(buildServices, func(name string) bool { return os.Getenv(name) != "" })
}
