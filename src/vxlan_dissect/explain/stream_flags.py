"""What may be said of a frame as a part of its conversation?

Law: each flag is one bit and stands here once; what a frame does not show is not flagged.
"""

from __future__ import annotations

SYN = 1 << 0  # asks for a connection; partner: what answers it
SYN_ACK = 1 << 1  # grants it; partner: the SYN
ESTABLISHED = 1 << 2  # the segment that completes the handshake; partner: the SYN-ACK
RETRANSMITTED = 1 << 3  # a part of the stream that passed here before; partner: the first sending
REPEATED = 1 << 4  # with RETRANSMITTED: it was retransmitted before; with WAITS: the question was asked before, in vain
REHASHED = 1 << 5  # with RETRANSMITTED: in a tunnel packet with another source port than the first sending
FILLED = 1 << 6  # a part that was missing so far; with RETRANSMITTED it is too late for mere reordering
GAP = 1 << 7  # a part of the stream before this one has not passed here
ACKS_UNSEEN = 1 << 8  # the other side acknowledges what has not passed here
DUPLICATE_ACK = 1 << 9
ZERO_WINDOW = 1 << 10  # the sender can take no more data
KEEP_ALIVE = 1 << 11  # a keep-alive, or the probe of a closed window: both repeat the byte before the next one
RESET = 1 << 12
REFUSED = 1 << 13  # with RESET: the answer to a SYN; partner: the SYN
HALF_OPEN = 1 << 14  # a SYN that nothing answers, though the capture goes on
CLOSED = 1 << 15  # the FIN with which both directions have ended
UNASKED = 1 << 16  # an answer (SYN-ACK, DNS) whose question has not passed here; with RESET: it answers such a SYN-ACK
UNANSWERED = 1 << 17  # UDP: nothing comes back, neither a packet nor an ICMP error, though the capture goes on
REJECTED = 1 << 18  # an ICMP error quotes this packet; partner: the error
QUOTES = 1 << 19  # an ICMP error, or a redirect, whose quoted packet has passed; partner: that packet
WAITS = 1 << 20  # a question of DNS; partner: the answer
AFTER_ERROR = 1 << 21  # with RETRANSMITTED: an ICMP error turned the first sending down
