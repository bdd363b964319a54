// cambist
