package diskfull

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"syscall"
	"testing"
)

// silent is an error that does not say its cause.
type silent struct{ error }

func (silent) Error() string   { return "failed" }
func (s silent) Unwrap() error { return s.error }

func TestIs(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{syscall.ENOSPC, true},
		{&fs.PathError{Op: "write", Path: "x", Err: syscall.EFBIG}, true},
		{errors.New("write x: " + syscall.ENOSPC.Error()), true}, // as bbolt returns some
		{fmt.Errorf("grow: %s", syscall.EFBIG), true},
		{silent{syscall.ENOSPC}, true},
		{silent{syscall.EFBIG}, true},
		{silent{syscall.EDQUOT}, runtime.GOOS != "windows"},
		{silent{syscall.EIO}, false},
		{syscall.EIO, false},
		{errors.New("no space"), false},
	} {
		if Is(tt.err) != tt.want {
			t.Errorf("Is(%v) = %t", tt.err, !tt.want)
		}
	}
}
