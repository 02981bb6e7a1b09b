// Command spectap taps HTTP traffic and turns it into an API that an agent can use safely.
//
// It joins the families of commands, which are the packages below cmd/spectap/cli. Read root.go
// first: it lists the commands.
package main

import (
	"context"
	"os"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

func main() {
	p := cli.New(os.Stdin, os.Stdout, os.Stderr)
	p.Alone = true
	os.Exit(p.Run(context.Background(), newRootCmd(p), os.Args[1:]))
}
