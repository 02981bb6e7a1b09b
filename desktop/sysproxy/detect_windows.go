package sysproxy

import "context"

// Detect returns the desktops whose settings exist on this machine.
func Detect(context.Context) []Desktop { return []Desktop{windows{userRegistry{}}} }
