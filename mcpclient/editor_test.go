package mcpclient

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// completeTools completes "call" and the tools "getThing" and "getThings".
func completeTools(line string) Completion {
	if word, ok := strings.CutPrefix(line, "call "); ok {
		var words []string
		for _, w := range []string{"getThing", "getThings", "list"} {
			if strings.HasPrefix(w, word) {
				words = append(words, w)
			}
		}
		return Completion{Start: len("call "), Words: words}
	}
	if strings.HasPrefix("call ", line) {
		return Completion{Words: []string{"call "}}
	}
	return Completion{}
}

// TestEditor reads lines from keys, however the reads of the terminal split them.
func TestEditor(t *testing.T) {
	long := strings.Repeat("0123456789ä", maxTyped/8)
	for _, x := range []struct{ name, keys, want string }{
		{"lines", "one\rtwo\r", "one|two"},
		{"completion", "c\tg\ts\r", "call getThings"},
		{"completion in the line", "c\tg x\x1b[D\x1b[D\t\r", "call getThing x"},
		{"history", "\x1b[A\x1b[A\r\x1bOA\x1b[B\r", "call old|"},
		{"interrupt", "half\x03whole\r", "^C|whole"},
		{"interrupt behind a line", "one\r\x03two\r", "one|^C|two"},
		{"words", "one two\x1bbX\x1b[1~Y\x1b[4~Z\r", "Yone XtwoZ"},
		{"word deleted", "one two\x1b\x7fX\r", "one X"},
		{"paste without an end", "\x1b[200~a\tb\x03c\r", "^C|c"},
		{"pasted controls", "\x1b[200~a\tb\x1b\xc2\x9bc\x1b[201~\r", "a bc"},
		{"pasted lines", "\x1b[200~one\rtwo\x1b[201~ more\r", "one|two more"},
		{"long paste", "\x1b[200~" + long + "\x1b[201~\r", long},
		{"long line", long + "\r", long},
		{"end", "one\r\x04two\r", "one"},
		{"cut off", "one\rtwo", "one"},
		{"control characters", "a\x1c\x1ab\r", "ab"},
	} {
		for name, reader := range map[string]func(io.Reader) io.Reader{
			"whole": func(r io.Reader) io.Reader { return r }, "bytes": iotest.OneByteReader,
		} {
			t.Run(x.name+"/"+name, func(t *testing.T) {
				e := newEditor(reader(strings.NewReader(x.keys)), io.Discard, completeTools)
				defer e.Close()
				e.AddHistory("call old", "call new")
				var got []string
				for {
					line, err := e.ReadLine("> ")
					if errors.Is(err, ErrInterrupted) {
						line = "^C"
					} else if err != nil {
						break
					}
					got = append(got, line)
				}
				if s := strings.Join(got, "|"); s != x.want {
					t.Errorf("%.100q, want %.100q", s, x.want)
				}
			})
		}
	}
}

// TestEditorAnswers neither completes an answer nor brings commands into it.
func TestEditorAnswers(t *testing.T) {
	e := newEditor(strings.NewReader("c\t\x1b[Ax\r"), io.Discard, completeTools)
	defer e.Close()
	e.AddHistory("call secret")
	if line, err := e.Answers().ReadLine("? "); err != nil || line != "cx" {
		t.Errorf("%q %v", line, err)
	}
}

// TestEditorLists prints the completions that remain, and what arrives while a line is edited,
// above the line.
func TestEditorLists(t *testing.T) {
	in, keys := io.Pipe()
	var out strings.Builder
	e := newEditor(in, &out, completeTools)
	done := make(chan string)
	go func() {
		line, _ := e.ReadLine("> ")
		done <- line
	}()
	io.WriteString(keys, "call getThing\t")
	io.WriteString(keys, "x") // the editor has handled the keys before it reads on
	io.WriteString(e.Notes(), "a note\n")
	io.WriteString(keys, "\r")
	if line := <-done; line != "call getThingx" {
		t.Errorf("%q", line)
	}
	e.Close()
	text := out.String()
	list, note := strings.Index(text, "getThing   getThings\r\n"), strings.Index(text, "a note\r\n")
	if list < 0 || note < list || !strings.Contains(text[note:], "> call getThing") {
		t.Errorf("%q", text)
	}
}

// TestEditorEnd leaves the line of the prompt at Ctrl-D. What follows is not drawn as a line that
// is edited.
func TestEditorEnd(t *testing.T) {
	var out strings.Builder
	e := newEditor(strings.NewReader("\x04"), &out, completeTools)
	defer e.Close()
	e.ReadLine("> ")
	before := out.Len()
	io.WriteString(e.Notes(), "a note\n")
	if !strings.Contains(out.String()[:before], "> ") || out.String()[before:] != "a note\r\n" {
		t.Errorf("%q", out.String())
	}
}

// TestEditorClose ends a read that waits for keys.
func TestEditorClose(t *testing.T) {
	in, _ := io.Pipe()
	e := newEditor(in, io.Discard, completeTools)
	done := make(chan error)
	go func() {
		_, err := e.ReadLine("> ")
		done <- err
	}()
	e.Close()
	if err := <-done; err != io.EOF {
		t.Error(err)
	}
	if _, err := e.ReadLine("> "); err != io.EOF {
		t.Error(err)
	}
}

// FuzzKeyFilter translates keys the same way however reads split them, but for the end of a lone
// escape.
func FuzzKeyFilter(f *testing.F) {
	f.Add([]byte("a\x1b[200~b\x1b[201~\x1bOA\x03\x1b[1;5C"), 3)
	f.Fuzz(func(t *testing.T, keys []byte, size int) {
		if size < 1 || size > 100 {
			return
		}
		var whole, split keyFilter
		whole.translate(keys)
		for chunk := range slices.Chunk(keys, size) {
			split.translate(chunk)
		}
		if whole.pasting != split.pasting {
			t.Errorf("%q: pasting %v, split %v", keys, whole.pasting, split.pasting)
		}
		for _, b := range append(whole.out, split.out...) {
			if b == ctrlC {
				t.Errorf("%q: Ctrl-C passed", keys)
			}
		}
	})
}
