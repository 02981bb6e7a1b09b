// Command spectap taps HTTP traffic and turns it into an API that an agent can use safely.
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
