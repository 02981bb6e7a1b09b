package diskfull

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"
)

func TestIs(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{syscall.ENOSPC, true},
		{&fs.PathError{Op: "write", Path: "x", Err: syscall.EFBIG}, true},
		{errors.New("write x: " + syscall.ENOSPC.Error()), true}, // as bbolt returns some
		{fmt.Errorf("grow: %s", syscall.EFBIG), true},
		{syscall.EIO, false},
		{errors.New("no space"), false},
	} {
		if Is(tt.err) != tt.want {
			t.Errorf("Is(%v) = %t", tt.err, !tt.want)
		}
	}
}
