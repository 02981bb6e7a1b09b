package mcpclient

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// GivenLines returns a [Prompter] of fixed lines, such as commands of a command line.
func GivenLines(lines ...string) Prompter { return &givenLines{lines} }

type givenLines struct{ left []string }

func (g *givenLines) ReadLine(string) (string, error) {
	if len(g.left) == 0 {
		return "", io.EOF
	}
	line := g.left[0]
	g.left = g.left[1:]
	return line, nil
}

// ReadLines returns a [Prompter] that reads lines of a pipe, a file or a terminal without line
// editing, and writes the prompts to prompts. It returns [io.EOF] when ctx is done; the goroutine
// that reads ends once its read returns.
func ReadLines(ctx context.Context, in io.Reader, prompts io.Writer) Prompter {
	lines := make(chan readLine)
	go func() {
		r := bufio.NewReader(in)
		for {
			text, err := r.ReadString('\n')
			if text != "" && errors.Is(err, io.EOF) {
				err = nil
			}
			select {
			case lines <- readLine{strings.TrimRight(text, "\r\n"), err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				close(lines)
				return
			}
		}
	}()
	return &plainLines{ctx, prompts, lines}
}

type plainLines struct {
	ctx     context.Context
	prompts io.Writer
	lines   <-chan readLine
}

type readLine struct {
	text string
	err  error
}

func (p *plainLines) ReadLine(prompt string) (string, error) {
	fmt.Fprint(p.prompts, prompt)
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
