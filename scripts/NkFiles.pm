# SPDX-License-Identifier: Apache-2.0
# checkpatch.pl asks diff for each file as a patch that adds it all. To start a program a large perl is copied, and then
# its pages one by one: half of the time. With `perl -Iscripts -MNkFiles checkpatch.pl` such a patch is made here.
package NkFiles;

use strict;
use warnings;

# added FILE: what `diff -u /dev/null FILE` says, without the times; nothing if it cannot be read.
sub added
{
	my ($file) = @_;

	CORE::open(my $in, '<', $file) or return;
	my @lines = <$in>;
	return '' if !@lines;
	my $where = @lines == 1 ? '+1' : '+1,' . @lines;
	my $patch = join('', "--- /dev/null\n+++ $file\n\@\@ -0,0 $where \@\@\n", map { "+$_" } @lines);
	return $patch =~ /\n\z/ ? $patch : "$patch\n\\ No newline at end of file\n";
}

# Takes the place of open() in the main program, whose handles are all variables of its own.
BEGIN {
	no warnings 'once';
	*main::open = sub (*;$@) {
		if (@_ == 3 && $_[1] eq '-|' && $_[2] =~ m{^diff -u /dev/null (\S+)$}) {
			my $patch = added($1);
			return CORE::open($_[0], '<', \$patch) if defined $patch;
		}
		return @_ == 2 ? CORE::open($_[0], $_[1]) : CORE::open($_[0], $_[1], @_[2 .. $#_]);
	};
}

1;
