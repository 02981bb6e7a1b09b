package token

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// File is a source that reads a file, again when the server refuses the token.
type File string

// Obtain reads the file.
func (f File) Obtain(context.Context) (string, time.Time, error) {
	r, err := os.Open(string(f))
	if err != nil {
		return "", time.Time{}, fmt.Errorf("read the token: %w", err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxToken+1))
	if err != nil {
		return "", time.Time{}, fmt.Errorf("read the token: %w", err)
	}
	value := strings.TrimSpace(string(data))
	if value == "" {
		return "", time.Time{}, fmt.Errorf("the file of the token, %s, is empty", string(f))
	}
	return value, time.Time{}, nil
}

// Secrets returns nothing: the content is the token.
func (f File) Secrets() []string { return nil }

// Command is a source that runs a program, which writes the token to stdout. Its stderr is dropped:
// it may have a secret.
type Command []string

// commandTime bounds a command.
const commandTime = 30 * time.Second

// Obtain runs the command.
func (c Command) Obtain(ctx context.Context) (string, time.Time, error) {
	value, err := c.Output(ctx)
	if err == nil && value == "" {
		err = fmt.Errorf("the command %s prints no token", c[0])
	}
	return value, time.Time{}, err
}

// Output runs the command, and returns what it prints without white space around it.
func (c Command) Output(caller context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(caller, commandTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, c[0], c[1:]...)
	cmd.WaitDelay = time.Second // a child of it may hold stdout open
	out := &limited{left: maxToken + 1}
	cmd.Stdout = out
	err := cmd.Run()
	switch {
	case caller.Err() != nil:
		return "", caller.Err()
	case ctx.Err() != nil:
		return "", fmt.Errorf("the command %s, which prints the token, did not end within %s", c[0], commandTime)
	case errors.Is(err, exec.ErrWaitDelay): // it has ended itself
	case err != nil:
		return "", fmt.Errorf("the command %s, which prints the token, failed: %w; run it to see why", c[0], err)
	}
	return strings.TrimSpace(out.kept.String()), nil
}

// Secrets returns nothing: what it prints is the token.
func (c Command) Secrets() []string { return nil }

// limited keeps the beginning of the written data. It does not embed the buffer, whose ReadFrom
// knows no bound.
type limited struct {
	kept bytes.Buffer
	left int
}

func (w *limited) Write(p []byte) (int, error) {
	n := min(len(p), w.left)
	w.left -= n
	w.kept.Write(p[:n])
	return len(p), nil
}
