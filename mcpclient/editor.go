package mcpclient

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// maxHistory limits the lines that the arrow keys go through, and those of a [History].
const maxHistory = 500

// Editor reads lines that a person edits on a terminal, with history and completion (Tab). It is a
// [Prompter] for commands; [Editor.Answers] is one for the answers to a form. The terminal is in
// raw mode only while a line is read, so text typed during a command waits, and Ctrl-C then is a
// signal.
//
// The line editing is that of golang.org/x/term. It takes every character to be one column wide, so
// a line with wide characters, as in Chinese, may look wrong while it is edited inside; Ctrl-L
// draws it again, and the text that is read is right.
type Editor struct {
	terminal *term.Terminal
	in       *interruptibleReader
	out      io.Writer
	raw      func() (restore func(), err error) // puts the terminal into raw mode
	size     func() int                         // returns the columns of the terminal
	complete func(line string) Completion

	mu          sync.Mutex // held while a line is read; guards what follows
	history     []string
	ended       bool // the input has ended
	answering   bool // the line is an answer: there is no history and no completion
	interrupted bool // Ctrl-C ended the line
}

// NewEditor returns an editor on a terminal. complete completes the end of a line.
func NewEditor(in, out *os.File, complete func(line string) Completion) (*Editor, error) {
	if !term.IsTerminal(int(in.Fd())) {
		return nil, errors.New("the input is not a terminal")
	}
	e := newEditor(in, out, complete)
	e.raw = func() (func(), error) {
		state, err := term.MakeRaw(int(in.Fd()))
		if err != nil {
			return nil, err
		}
		return func() { term.Restore(int(in.Fd()), state) }, nil
	}
	e.size = func() int { return Columns(out) }
	enableEscapes(out)
	watchSize(e.in.closed, e.resize)
	return e, nil
}

// newEditor returns an editor that needs no terminal, for tests.
func newEditor(in io.Reader, out io.Writer, complete func(line string) Completion) *Editor {
	e := &Editor{
		in: newInterruptibleReader(in), out: out, complete: complete,
		raw: func() (func(), error) { return func() {}, nil }, size: func() int { return 80 },
	}
	e.terminal = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{&keyFilter{in: e.in}, out}, "")
	e.terminal.History = editorHistory{e}
	e.terminal.AutoCompleteCallback = e.key
	return e
}

// columns returns the width of the terminal. A width too small to be true counts as 80.
func (e *Editor) columns() int {
	if w := e.size(); w >= 10 {
		return w
	}
	return 80
}

func (e *Editor) resize() {
	e.terminal.SetSize(e.columns(), 24) // x/term does not use the height
}

// ReadLine implements [Prompter] for commands.
func (e *Editor) ReadLine(prompt string) (string, error) { return e.read(prompt, false) }

// Answers returns a [Prompter] for answers to a form, without history and completion.
func (e *Editor) Answers() Prompter { return answers{e} }

type answers struct{ e *Editor }

func (a answers) ReadLine(prompt string) (string, error) { return a.e.read(prompt, true) }

func (e *Editor) read(prompt string, answering bool) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended {
		return "", io.EOF
	}
	restore, err := e.raw()
	if err != nil {
		return "", fmt.Errorf("use the terminal: %w", err)
	}
	defer restore()
	e.answering, e.interrupted = answering, false
	e.resize()
	e.terminal.SetPrompt(prompt)
	e.terminal.SetBracketedPasteMode(true)
	line, err := e.terminal.ReadLine()
	e.terminal.SetBracketedPasteMode(false)
	switch {
	case e.interrupted:
		return "", ErrInterrupted
	case errors.Is(err, term.ErrPasteIndicator): // the line was pasted
	case err != nil:
		e.end()
		return "", io.EOF
	}
	return line, nil
}

// end leaves the line of the prompt. Unless the program ends, notes follow without the prompt.
func (e *Editor) end() {
	e.ended = true
	io.WriteString(e.out, "\r\n")
	select {
	case <-e.in.closed:
	default:
		e.terminal.SetPrompt("")
		e.terminal.Write(nil)
	}
}

// AddHistory adds lines that the arrow keys bring back. Line breaks become spaces, which JSON does
// not distinguish.
func (e *Editor) AddHistory(lines ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range lines {
		l = strings.ReplaceAll(l, "\n", " ")
		if n := len(e.history); n == 0 || e.history[n-1] != l {
			e.history = append(e.history, l)
		}
	}
	e.history = e.history[max(0, len(e.history)-maxHistory):]
}

// Notes returns a writer for messages that may arrive while a line is edited. The line is drawn
// again below them.
func (e *Editor) Notes() io.Writer { return e.terminal }

// Close ends the read that is in progress, which restores the terminal.
func (e *Editor) Close() { e.in.Close() }

// editorHistory implements [term.History]. Its methods run while e.mu is held.
type editorHistory struct{ e *Editor }

// Add does nothing: [Editor.AddHistory] adds the lines to keep.
func (h editorHistory) Add(string) {}

func (h editorHistory) Len() int {
	if h.e.answering {
		return 0
	}
	return len(h.e.history)
}

func (h editorHistory) At(i int) string { return h.e.history[len(h.e.history)-1-i] }

// maxTyped is the length from which x/term ignores characters (term.maxLineLength).
const maxTyped = 4096

// key handles a key that x/term does not. It returns the line to show, with the position of the
// cursor in bytes.
func (e *Editor) key(line string, pos int, key rune) (string, int, bool) {
	switch {
	case key == keyInterrupt:
		e.interrupted = true
		return line + "^C", len(line) + 2, true
	case key == keyTab && !e.answering:
		return e.completeLine(line, pos)
	case unicode.IsPrint(key) && utf8.RuneCountInString(line) >= maxTyped:
		return line[:pos] + string(key) + line[pos:], pos + utf8.RuneLen(key), true
	}
	return "", 0, false
}

// completeLine extends the line by what all completions have in common, or lists them.
func (e *Editor) completeLine(line string, pos int) (string, int, bool) {
	head := line[:pos]
	c := e.complete(head)
	if len(c.Words) == 0 {
		return "", 0, false
	}
	common := c.Words[0]
	for _, w := range c.Words[1:] {
		for !strings.HasPrefix(w, common) {
			_, n := utf8.DecodeLastRuneInString(common)
			common = common[:len(common)-n]
		}
	}
	if more := common[len(head)-c.Start:]; more != "" {
		return head + more + line[pos:], pos + len(more), true
	}
	io.WriteString(e.terminal, inColumns(c.Words, e.columns()))
	return "", 0, false
}

// maxListed limits the completions that are listed.
const maxListed = 200

// inColumns lays out words from left to right.
func inColumns(words []string, width int) string {
	left := len(words) - maxListed
	words = slices.Clone(words[:min(len(words), maxListed)])
	widest := 0
	for i, w := range words {
		words[i] = strings.TrimRight(w, " ")
		widest = max(widest, utf8.RuneCountInString(words[i])+2)
	}
	perLine := max(1, (width-1)/widest)
	var b strings.Builder
	for i, w := range words {
		b.WriteString(w)
		if i%perLine == perLine-1 || i == len(words)-1 {
			b.WriteByte('\n')
		} else {
			b.WriteString(strings.Repeat(" ", widest-utf8.RuneCountInString(w)))
		}
	}
	if left > 0 {
		fmt.Fprintf(&b, "… and %d more\n", left)
	}
	return b.String()
}

// IsTerminal reports whether a file is a terminal.
func IsTerminal(file any) bool {
	f, ok := file.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Columns returns the width of a terminal in columns, or 0 for anything else.
func Columns(file any) int {
	if !IsTerminal(file) {
		return 0
	}
	w, _, err := term.GetSize(int(file.(*os.File).Fd()))
	if err != nil {
		return 0
	}
	return w
}

// HasColour reports whether text that is written to a file should have colours
// (https://no-color.org).
func HasColour(file any) bool {
	return IsTerminal(file) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
