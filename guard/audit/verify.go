package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// Report is the result of [Verify].
type Report struct {
	Files   int
	Records uint64
	First   uint64 // sequence number of the first record
	// Incomplete is the number of bytes after the last record, which a killed process leaves.
	Incomplete int
}

// BrokenError says where a chain is broken.
type BrokenError struct {
	File string
	Line int
	Why  error
}

func (e *BrokenError) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Why) }
func (e *BrokenError) Unwrap() error { return e.Why }

// Verify reads a log and the files it was rotated to, oldest first, and checks the chain. The error
// is a [*BrokenError] for the first record that does not fit. A chain whose oldest files were
// removed verifies from the first that is left.
func Verify(ctx context.Context, path string) (Report, error) {
	var r Report
	hash := ""
	seq := uint64(0)
	err := Read(ctx, path, func(file string, line int, text []byte) error {
		rec, h, err := decode(text)
		switch {
		case err != nil:
		case r.Records == 0 && rec.Seq == 1 && rec.Prev != "":
			err = errors.New("it is the first record, but continues another")
		case r.Records > 0 && rec.Seq != seq+1:
			err = fmt.Errorf("it has the number %d after %d: records are missing, or not in order", rec.Seq, seq)
		case r.Records > 0 && rec.Prev != hash:
			err = errors.New("it does not continue the record before it: that one was changed")
		}
		if err != nil {
			return &BrokenError{file, line, err}
		}
		if r.Records++; r.Records == 1 {
			r.First = rec.Seq
		}
		seq, hash = rec.Seq, h
		return nil
	}, &r)
	return r, err
}

// Read calls do with each line of a log and of the files it was rotated to, oldest first, without
// its newline. The text is valid until do returns. It counts files and what is incomplete in r,
// which may be nil.
func Read(ctx context.Context, path string, do func(file string, line int, text []byte) error, r *Report) error {
	files, err := rotated(path)
	if err != nil {
		return fmt.Errorf("read the audit: %w", err)
	}
	if r == nil {
		r = new(Report)
	}
	for i, file := range append(files, path) {
		if err := readFile(ctx, file, do, r); err != nil {
			return err
		}
		if r.Files++; r.Incomplete > 0 && i < len(files) {
			return &BrokenError{file, 0, errors.New("it ends in half a record, although another file continues it")}
		}
	}
	return nil
}

func readFile(ctx context.Context, name string, do func(string, int, []byte) error, r *Report) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("read the audit: %w", err)
	}
	defer f.Close()
	lines := scanner(f)
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		text, err := lines.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF):
			r.Incomplete = len(text)
			return nil
		case err != nil:
			return &BrokenError{name, n, err}
		}
		if err := do(name, n, text[:len(text)-1]); err != nil {
			return err
		}
	}
}

// Decode reads a line of a log. It checks the hash of the line, not the chain.
func Decode(line []byte) (Record, error) {
	r, _, err := decode(line)
	return r, err
}
