package mcpclient

import (
	"os"

	"golang.org/x/sys/windows"
)

// enableEscapes makes the console interpret escape sequences, which older versions of Windows do
// only on demand.
func enableEscapes(out *os.File) {
	var mode uint32
	if h := windows.Handle(out.Fd()); windows.GetConsoleMode(h, &mode) == nil {
		windows.SetConsoleMode(h, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING)
	}
}

// watchSize does nothing: Windows has no signal for it. The size is read before each line.
func watchSize(<-chan struct{}, func()) {}
