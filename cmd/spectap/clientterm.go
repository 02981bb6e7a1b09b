package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/chzyer/readline"
	"golang.org/x/term"

	"github.com/spectap/spectap/mcpclient"
)

// onTerminal says whether a file is a terminal.
func onTerminal(file any) bool {
	f, ok := file.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// colourful says whether to colour what is written there (no-color.org).
func colourful(file any) bool {
	return onTerminal(file) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// givenLines are commands of the command line.
type givenLines struct{ left []string }

func (g *givenLines) ReadLine(string) (string, error) {
	if len(g.left) == 0 {
		return "", io.EOF
	}
	line := g.left[0]
	g.left = g.left[1:]
	return line, nil
}

// plainLines are lines of a pipe, a file or a terminal that cannot edit. The end of the context ends them.
type plainLines struct {
	ctx   context.Context
	w     io.Writer // gets the prompts
	lines <-chan plainLine
}

type plainLine struct {
	text string
	err  error
}

func newPlainLines(ctx context.Context, in io.Reader, w io.Writer) *plainLines {
	lines := make(chan plainLine)
	go func() { // a read of a pipe cannot be given up: the goroutine stays until it returns
		r := bufio.NewReader(in)
		for {
			text, err := r.ReadString('\n')
			if text != "" && errors.Is(err, io.EOF) {
				err = nil
			}
			select {
			case lines <- plainLine{strings.TrimRight(text, "\r\n"), err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				close(lines)
				return
			}
		}
	}()
	return &plainLines{ctx, w, lines}
}

func (p *plainLines) ReadLine(prompt string) (string, error) {
	fmt.Fprint(p.w, prompt)
	select {
	case l, ok := <-p.lines:
		if !ok {
			return "", io.EOF
		}
		return l.text, l.err
	case <-p.ctx.Done():
		return "", io.EOF
	}
}

// maxRemembered bounds the lines that the arrow keys go through.
const maxRemembered = 500

// editor reads lines that a person types, with history and completion. The terminal is raw only while one is read.
type editor struct {
	rl        *readline.Instance
	in        *readline.CancelableStdin
	complete  func(line string) mcpclient.Completion
	answering atomic.Bool // a form is filled in: neither history nor completion
	reading   atomic.Bool // a line is asked for

	mu     sync.Mutex // held while a line is read
	ended  bool       // the library's reader is gone after an end of input: it would wait for ever
	past   []string
	closed sync.Once
}

func newEditor(complete func(string) mcpclient.Completion) (*editor, error) {
	e := &editor{complete: complete, in: readline.NewCancelableStdin(readline.Stdin)}
	rl, err := readline.NewEx(&readline.Config{
		Stdin:        e.in,
		HistoryLimit: maxRemembered,
		// The library's own file would be open to all, and would hold arguments.
		DisableAutoSaveHistory: true,
		AutoComplete:           e,
		InterruptPrompt:        "^C",
		EOFPrompt:              "\n", // none
		FuncGetWidth:           terminalWidth,
		FuncFilterInputRune:    e.filter,
	})
	if err != nil {
		return nil, err
	}
	e.rl = rl
	return e, nil
}

// terminalWidth is never 0, which the library divides by.
func terminalWidth() int {
	if w := readline.GetScreenWidth(); w >= 10 {
		return w
	}
	return 80
}

// filter drops keys. Ctrl-Z would stop the parent process too, whatever it is (readline.SuspendMe).
func (e *editor) filter(r rune) (rune, bool) {
	switch r {
	case readline.CharCtrlZ:
		return r, false
	case readline.CharPrev, readline.CharNext, readline.CharBckSearch, readline.CharFwdSearch, readline.CharTab:
		return r, !e.answering.Load()
	}
	return r, true
}

// ReadLine implements mcpclient.Prompter for commands.
func (e *editor) ReadLine(prompt string) (string, error) { return e.read(prompt, false) }

// answers reads what is typed into forms.
func (e *editor) answers() mcpclient.Prompter { return formLines{e} }

type formLines struct{ e *editor }

func (f formLines) ReadLine(prompt string) (string, error) { return f.e.read(prompt, true) }

func (e *editor) read(prompt string, answer bool) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended {
		return "", io.EOF
	}
	e.answering.Store(answer)
	// The library takes what is typed for history as it comes; what is to be remembered is put there anew.
	e.rl.ResetHistory()
	if !answer {
		for _, line := range e.past {
			e.rl.SaveHistory(line) // writes no file
		}
	}
	e.rl.SetPrompt(prompt)
	e.reading.Store(true)
	line, err := e.rl.Readline()
	e.reading.Store(false)
	switch {
	case errors.Is(err, readline.ErrInterrupt):
		return "", mcpclient.ErrInterrupted
	case err != nil:
		e.ended = true
		return "", io.EOF
	}
	return line, nil
}

// remember adds lines that the arrow keys bring back.
func (e *editor) remember(lines ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range lines {
		l = strings.ReplaceAll(l, "\n", " ") // JSON means the same
		if n := len(e.past); n == 0 || e.past[n-1] != l {
			e.past = append(e.past, l)
		}
	}
	e.past = e.past[max(0, len(e.past)-maxRemembered):]
}

// notes is for what comes while a line may be edited: the line is drawn again below it.
func (e *editor) notes() io.Writer { return notes{e} }

type notes struct{ e *editor }

// Write waits for a prompt that is being drawn to be a line that is read: until then the library would write behind
// it, and not draw it again.
func (n notes) Write(b []byte) (int, error) {
	const longest = 100 * time.Millisecond
	for end := time.Now().Add(longest); n.e.reading.Load() && !n.e.rl.Terminal.IsReading() && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	return n.e.rl.Stderr().Write(b)
}

// close gives the terminal back; a read that is under way ends. The library waits for its reader, but does not end
// it: that is done first.
func (e *editor) close() {
	e.closed.Do(func() {
		e.in.Close()
		e.rl.Close()
	})
}

// Do implements readline.AutoCompleter. Candidates are listed here: the library's menu panics where a word is wider
// than the terminal, or holds characters of double width.
func (e *editor) Do(line []rune, pos int) ([][]rune, int) {
	head := string(line[:pos])
	c := e.complete(head)
	if len(c.Words) == 0 {
		return nil, 0
	}
	common := c.Words[0]
	for _, w := range c.Words[1:] {
		for !strings.HasPrefix(w, common) {
			_, n := utf8.DecodeLastRuneInString(common)
			common = common[:len(common)-n]
		}
	}
	if more := common[len(head)-c.Start:]; more != "" {
		return [][]rune{[]rune(more)}, pos
	}
	fmt.Fprint(e.rl.Stdout(), columns(c.Words, terminalWidth()))
	return nil, 0
}

// maxListed bounds how many candidates are shown.
const maxListed = 200

// columns lays words out, from left to right.
func columns(words []string, width int) string {
	left := len(words) - maxListed
	words = slices.Clone(words[:min(len(words), maxListed)])
	widest := 0
	for i, w := range words {
		words[i] = strings.TrimRight(w, " ")
		widest = max(widest, utf8.RuneCountInString(words[i])+2)
	}
	each := max(1, (width-1)/widest)
	var b strings.Builder
	for i, w := range words {
		b.WriteString(w)
		if i%each == each-1 || i == len(words)-1 {
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
