package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/spectap/spectap/mcptools/mcpclient"
)

// newPrompter reads lines with editing, history and completion where a person types them, and as they are elsewhere.
func newPrompter(in io.Reader, out io.Writer) mcpclient.Prompter {
	f, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || !terminal(out) {
		return plainLines{bufio.NewReader(in)}
	}
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{in, out}, "")
	return &edited{fd: int(f.Fd()), t: t}
}

// plainLines are lines of a pipe or file.
type plainLines struct{ r *bufio.Reader }

func (p plainLines) ReadLine(string) (string, error) {
	line, err := p.r.ReadString('\n')
	if line != "" && errors.Is(err, io.EOF) {
		err = nil
	}
	return strings.TrimRight(line, "\r\n"), err
}

// edited are lines that a person types. The terminal is raw only while one is read.
type edited struct {
	fd int
	t  *term.Terminal
}

func (e *edited) ReadLine(prompt string) (string, error) {
	before, err := term.MakeRaw(e.fd)
	if err != nil {
		return "", err
	}
	defer term.Restore(e.fd, before)
	if w, h, err := term.GetSize(e.fd); err == nil && w > 0 {
		e.t.SetSize(w, h) // its errors are those of the write that follows
	}
	e.t.SetPrompt(prompt)
	line, err := e.t.ReadLine()
	if errors.Is(err, term.ErrPasteIndicator) {
		err = nil
	}
	return line, err
}

// complete makes Tab complete what stands before the cursor: as far as all candidates agree.
func (e *edited) complete(candidates func(line string) []string) {
	e.t.AutoCompleteCallback = func(line string, pos int, key rune) (string, int, bool) {
		if key != '\t' {
			return "", 0, false
		}
		head, tail := line[:pos], line[pos:]
		all := candidates(head)
		if len(all) == 0 {
			return line, pos, true
		}
		common := all[0]
		for _, c := range all[1:] {
			for !strings.HasPrefix(c, common) {
				common = common[:len(common)-1]
			}
		}
		// What is typed already is the longest end of the line that the candidate starts with.
		for n := min(len(common), len(head)); n >= 0; n-- {
			if strings.HasSuffix(head, common[:n]) {
				head += common[n:]
				break
			}
		}
		if len(all) == 1 && !strings.HasSuffix(head, " ") && !strings.ContainsAny(common, "\"{") {
			head += " "
		}
		return head + tail, len(head), true
	}
}
