package main

import "github.com/spf13/cobra"

// One line for each command still to come; its own file takes the line away.
func pending(name string) *cobra.Command { return &cobra.Command{Use: name, Hidden: true} }

func newSystemProxyCmd(*program) *cobra.Command { return pending("system-proxy") }
