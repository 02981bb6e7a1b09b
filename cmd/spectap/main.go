// Command spectap taps HTTP traffic and turns it into an API that an agent can use safely.
//
// It only connects the packages of this module, all of which it may import. The files of a command
// begin with its name: flows_show.go has `spectap flows show`. Read program.go first, which runs a
// command line, then root.go, which lists the commands.
package main

import (
	"context"
	"os"
)

func main() {
	p := newProgram(os.Stdin, os.Stdout, os.Stderr)
	p.alone = true
	os.Exit(p.run(context.Background(), os.Args[1:]))
}
