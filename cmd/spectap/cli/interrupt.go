package cli

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// grace is the time that an interrupted command has to end by itself.
const grace = 50 * time.Millisecond

// EndsAtOnce marks a command that only reads, computes and writes its output. An interrupt ends it
// without closing anything, because libraries that it uses do not watch a context.
func EndsAtOnce(cmd *cobra.Command) *cobra.Command {
	Annotate(cmd, AnnotationAtOnce)
	return cmd
}

// Annotate marks a command.
func Annotate(cmd *cobra.Command, mark string) {
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations[mark] = ""
}

const AnnotationAtOnce = "ends at once"

// execute runs the command of a command line.
func (p *Program) execute(ctx context.Context, root *cobra.Command, args []string) error {
	defer p.saveCredentials()
	root.InitDefaultHelpCmd()
	cmd, rest, err := root.Find(args)
	if err == nil && cmd.HasSubCommands() && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") && !strings.HasPrefix(rest[0], "__") {
		// Check names before flags: flags after an unknown name belong to no command.
		switch err := checkNames(cmd, rest[:1]); {
		case errors.As(err, new(*unknownCommand)):
			return KnownCommand(cmd, rest)
		case err != nil:
			return err
		}
	}
	if _, atOnce := cmd.Annotations[AnnotationAtOnce]; err != nil || !atOnce {
		p.Cmd, err = root.ExecuteContextC(ctx)
		return err
	}
	p.Cmd, err = OrEnd(ctx, func() (*cobra.Command, error) { return root.ExecuteContextC(ctx) })
	p.Writing.Lock() // a file that is being written is completed
	return err
}

// OrEnd calls f and returns its result. If ctx ends, it returns the error of ctx soon after, and f
// goes on.
func OrEnd[T any](ctx context.Context, f func() (T, error)) (T, error) { return OrEndIn(ctx, grace, f) }

// OrEndIn is OrEnd with a given grace period for f.
func OrEndIn[T any](ctx context.Context, grace time.Duration, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		v, err := f()
		done <- result{v, err}
	}()
	var r result
	select {
	case r = <-done:
		return r.value, r.err
	case <-ctx.Done():
	}
	select {
	case r = <-done:
	case <-time.After(grace):
		r.err = ctx.Err()
	}
	return r.value, r.err
}

// Every calls f at intervals until ctx ends.
func Every(ctx context.Context, interval time.Duration, f func()) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			f()
		}
	}
}
